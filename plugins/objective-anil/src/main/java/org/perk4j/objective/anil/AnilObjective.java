package org.perk4j.objective.anil;

import java.util.List;
import java.util.function.IntConsumer;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;

/** Learns all of the adapter's initial values, and learning rates for those that the inner steps update. */
final class AnilObjective implements MetaObjective {

    private final AnilOptions options;
    private final LoopOptions loopOptions;

    AnilObjective(AnilOptions options) {
        this.options = options;
        this.loopOptions = new LoopOptions(options.steps(), options.bound(), 0, options.mean(), options.microBatchTokens(),
                options.seed());
    }

    private InnerLoop loop(Learner learner) {
        Roles roles = new Roles(learner.adapter(), parameter -> options.moves(parameter.name()), List.of());
        return new InnerLoop(learner, loopOptions, roles,
                Rates.learned(options.rates(), roles.moved(), options.steps(), options.learningRate()), null);
    }

    @Override
    public List<ParameterGroup> groups(Learner learner) {
        return List.of(new ParameterGroup(ParameterGroup.ADAPTER, learner.adapter().parameters()),
                new ParameterGroup(ParameterGroup.RATES, loop(learner).rates().parameters()));
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
        return loop(learner).gradient(meta, episode, options.unrolled(), ProductBudget.NONE);
    }
}
