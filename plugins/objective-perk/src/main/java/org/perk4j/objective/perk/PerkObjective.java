package org.perk4j.objective.perk;

import java.util.List;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopObjective;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.innerloop.TokenWeighting;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.Parameters;

/**
 * PERK's meta-objective: the loss of answers with an adapter into which the context was encoded by N gradient steps, and its
 * gradient with respect to the adapter's initial values, the learning rates and the token weighting network.
 */
final class PerkObjective extends LoopObjective {

    private final PerkOptions options;
    private final ProductBudget budget;

    PerkObjective(PerkOptions options) {
        this(options, new ProductBudget(options.keepBytes(), options.keepOnDiskBytes()));
    }

    PerkObjective(PerkOptions options, ProductBudget budget) {
        super(options.loop());
        this.options = options;
        this.budget = budget;
    }

    @Override
    protected InnerLoop loop(Learner learner) {
        TokenWeighting weighting = options.tokenWeighting()
                ? new TokenWeighting(learner.model().size().width(), options.weightingUnits(), options.normalizeWeights())
                : null;
        Roles roles = new Roles(learner.adapter(), parameter -> true,
                weighting == null ? List.of() : weighting.parameters());
        Rates rates = Rates.learned(options.rates(), roles.moved(), options.steps(), options.learningRate());
        return new InnerLoop(learner, loopOptions(), roles, rates, weighting);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        return loop(learner).gradient(meta, episode, options.unrolled(), budget);
    }
}
