package org.perk4j.objective.perk;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.innerloop.TokenWeighting;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;

/**
 * PERK's meta-objective: the loss of answers with an adapter into which the context was encoded by N gradient steps, and its
 * gradient with respect to the adapter's initial values, the learning rates and the token weighting network.
 */
final class PerkObjective implements MetaObjective {

    private final PerkOptions options;
    private final LoopOptions loopOptions;
    private final ProductBudget budget;

    PerkObjective(PerkOptions options) {
        this(options, new ProductBudget(options.keepBytes(), options.keepOnDiskBytes()));
    }

    PerkObjective(PerkOptions options, ProductBudget budget) {
        this.options = options;
        this.loopOptions = new LoopOptions(options.steps(), options.bound(), 0, options.mean(), options.microBatchTokens(),
                options.seed());
        this.budget = budget;
    }

    InnerLoop loop(Learner learner) {
        TokenWeighting weighting = options.tokenWeighting()
                ? new TokenWeighting(learner.model().size().width(), options.weightingUnits(), options.normalizeWeights())
                : null;
        Roles roles = new Roles(learner.adapter(), parameter -> true,
                weighting == null ? List.of() : weighting.parameters());
        Rates rates = Rates.learned(options.rates(), roles.moved(), options.steps(), options.learningRate());
        return new InnerLoop(learner, loopOptions, roles, rates, weighting);
    }

    @Override
    public List<ParameterGroup> groups(Learner learner) {
        InnerLoop loop = loop(learner);
        List<ParameterGroup> groups = new ArrayList<>(List.of(
                new ParameterGroup(ParameterGroup.ADAPTER, learner.adapter().parameters()),
                new ParameterGroup(ParameterGroup.RATES, loop.rates().parameters())));
        if (loop.weighting() != null) {
            groups.add(new ParameterGroup(ParameterGroup.WEIGHTING, loop.weighting().parameters()));
        }
        return groups;
    }

    @Override
    public long encodingPasses(int segments) {
        return InnerLoop.passes(loopOptions, segments);
    }

    @Override
    public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        return loop(learner).encode(meta, segments, progress);
    }

    @Override
    public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
        return loop(learner).loss(adapter, answers);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        return loop(learner).gradient(meta, episode, options.unrolled(), budget);
    }
}
