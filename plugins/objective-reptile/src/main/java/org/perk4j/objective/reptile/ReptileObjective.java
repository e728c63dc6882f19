package org.perk4j.objective.reptile;

import java.util.ArrayList;
import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.innerloop.Adjoint;
import org.perk4j.innerloop.Answered;
import org.perk4j.innerloop.EpisodeLoop;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopObjective;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/**
 * Learns the adapter's initial values. In place of a gradient it returns {@code (θ₀ − θ_N)/learningRate}, the sum of the
 * steps' directions, which is not the gradient of any loss.
 */
final class ReptileObjective extends LoopObjective {

    private final ReptileOptions options;

    ReptileObjective(ReptileOptions options) {
        super(options.loop());
        this.options = options;
    }

    @Override
    protected InnerLoop loop(Learner learner) {
        return new InnerLoop(learner, loopOptions(), new Roles(learner.adapter(), parameter -> true, List.of()),
                Rates.fixed(options.learningRate()), null);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            EpisodeLoop steps = loop(learner).on(seen(episode), meta);
            Tensor end = steps.end();
            Answered answered = steps.answer(end);
            double rate = options.learningRate();
            Tensor way = compute.combine(1 / rate, steps.start(), -1 / rate, end);
            MetaGradient found = steps.metaGradient(answered, new Adjoint(way, List.of(), answered.around()));
            found.gradient().tensors().forEach(scope::keep);
            return found;
        }
    }

    /** A text to be retained is left out: the gradient is the way from start to end, to which no loss can be added. */
    private EncodedEpisode seen(EncodedEpisode episode) {
        List<EncodedText> texts = new ArrayList<>(episode.segments());
        if (options.answers()) {
            texts.addAll(episode.answers());
        }
        return new EncodedEpisode(episode.key(), texts, episode.answers());
    }
}
