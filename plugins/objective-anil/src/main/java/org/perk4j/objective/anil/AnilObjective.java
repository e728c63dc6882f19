package org.perk4j.objective.anil;

import java.util.List;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopObjective;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.Parameters;

/** Learns all of the adapter's initial values, and learning rates for those that the inner steps update. */
final class AnilObjective extends LoopObjective {

    private final AnilOptions options;

    AnilObjective(AnilOptions options) {
        super(options.loop());
        this.options = options;
    }

    @Override
    protected InnerLoop loop(Learner learner) {
        Roles roles = new Roles(learner.adapter(), parameter -> options.moves(parameter.name()), List.of());
        return new InnerLoop(learner, loopOptions(), roles,
                Rates.learned(options.rates(), roles.moved(), options.steps(), options.learningRate()), null);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        return loop(learner).gradient(meta, episode, options.unrolled(), ProductBudget.NONE);
    }
}
