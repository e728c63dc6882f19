package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/**
 * The inner loop, which encodes a context into an adapter by N gradient steps on the context's loss. It has what objectives
 * share: encoding, the loss of an episode, and {@link #on an episode's steps} with the exact backward pass through them.
 * Immutable, and as thread-safe as the learner.
 *
 * @param learner   the model, the adapter and the optimizer
 * @param options   the options of the steps
 * @param roles     the parameters that the steps update
 * @param rates     their learning rates
 * @param weighting the weights of the context's tokens; null for equal weights
 */
public record InnerLoop(Learner learner, LoopOptions options, Roles roles, Rates rates, TokenWeighting weighting) {

    private static final String RATES = ParameterGroup.RATES + ".";

    /** @return the number of segment passes in {@link #encode}, including the last one, which gives the final loss */
    public static long passes(LoopOptions options, int segments) {
        return (long) segments * (options.steps() + 1);
    }

    /**
     * Takes the steps, discarding what a backward pass would need. Memory grows neither with the context nor with the steps.
     *
     * @param meta     the learned parameters: {@code adapter.…}, {@code rates.…}, {@code weighting.…}
     * @param progress called after each micro-batch with the number of segment passes done so far
     * @return the adapter's parameters, owned by the innermost open scope, and the context's losses
     * @throws IllegalArgumentException if there are no segments
     */
    public Encoding encode(Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("the context has no segments: there is nothing to encode");
        }
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            Roles.Start start = roles.start(compute, meta);
            ContextLoss loss = new ContextLoss(adapted(start), weighting, options, segments,
                    batch -> Dropout.NONE);
            Steps steps = new Steps(this, start, rates.table(compute, meta.under(RATES)));
            List<Double> losses = new ArrayList<>();
            Tensor end = steps.take(loss, losses, progress);
            Parameters adapter = roles.adapter(compute, end, compute.primal(start.around()),
                    start.constant().with(start.constant().tensors().stream().map(compute::primal).toList()));
            adapter.tensors().forEach(scope::keep);
            return new Encoding(adapter, losses);
        }
    }

    AdaptedModel adapted(Roles.Start start) {
        return new AdaptedModel(learner, roles, start.constant());
    }

    /**
     * @param adapter the adapter that {@link #encode} returned for an episode's context
     * @return the mean negative log-likelihood of the episode's answers, without dropout
     */
    public double loss(Parameters adapter, List<EncodedText> answers) {
        return AnswerLoss.value(learner, adapter, answers, options.microBatchTokens());
    }

    /**
     * The gradient of the answers' loss, and the weighted one of a retained text, through the last {@code unrolled} steps;
     * exact if these are all steps. The steps before them treat their gradient as a constant.
     *
     * @param meta     the learned parameters
     * @param unrolled how many of the last steps to differentiate through
     * @param budget   how much of the forward pass may be kept for the backward pass
     * @return the gradient with respect to {@code meta}, owned by the innermost open scope
     */
    public MetaGradient gradient(Parameters meta, EncodedEpisode episode, int unrolled, ProductBudget budget) {
        try (Scope scope = learner.compute().scope()) {
            EpisodeLoop steps = on(episode, meta);
            try (Trajectory trajectory = steps.forward(unrolled, scope, budget)) {
                Answered answered = steps.answer(trajectory.end());
                MetaGradient found = steps.metaGradient(answered, steps.back(trajectory, answered));
                found.gradient().tensors().forEach(scope::keep);
                return found;
            }
        }
    }

    /**
     * @param meta the learned parameters
     * @return the loop on one episode; its tensors belong to the innermost open scope
     */
    public EpisodeLoop on(EncodedEpisode episode, Parameters meta) {
        return new EpisodeLoop(this, episode, meta);
    }
}
