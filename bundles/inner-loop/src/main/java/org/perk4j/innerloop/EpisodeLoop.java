package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * The inner loop on one training episode, with dropout: the forward pass, the answers' loss, the backward pass, and the
 * derivatives that these consist of. Tensors belong to the scope that is innermost when they are created. For use by the
 * computation's thread only.
 */
public final class EpisodeLoop {

    private final InnerLoop loop;
    private final EncodedEpisode episode;
    private final Parameters meta;
    private final Learner learner;
    private final Roles.Start start;
    private final Steps steps;

    EpisodeLoop(InnerLoop loop, EncodedEpisode episode, Parameters meta) {
        this.loop = loop;
        this.episode = episode;
        this.meta = meta;
        this.learner = loop.learner();
        this.start = loop.roles().start(learner.compute(), meta);
        this.steps = new Steps(loop, start, loop.rates().table(learner.compute(), meta.under(ParameterGroup.RATES + ".")));
    }

    /** @return θ₀ as a row */
    public Tensor start() {
        return start.moved();
    }

    /**
     * Takes the steps.
     *
     * @param unrolled how many of the last steps {@link #back} differentiates through
     * @param owner    the innermost open scope: owns the products that are kept in memory
     * @return the steps, to be closed by the caller
     */
    public Trajectory forward(int unrolled, Scope owner, ProductBudget budget) {
        return steps.record(this::contextLoss, unrolled, owner, budget);
    }

    /** @return the values after the last step, θ_N as a row; without keeping what a backward pass would need */
    public Tensor end() {
        return steps.end(this::contextLoss);
    }

    /** @return the answers' loss with the adapter at {@code theta}, a row, its gradient, and those of a retained text */
    public Answered answer(Tensor theta) {
        Answered answered = answerLoss().gradient(theta, start.around());
        return retentionLoss().map(loss -> loss.added(answered, theta, start.around())).orElse(answered);
    }

    /**
     * The backward pass through the steps. It frees the end of the trajectory and the gradients in {@code answered}, so it
     * can run only once. Steps before the unrolled ones treat their gradient as a constant.
     */
    public Adjoint back(Trajectory trajectory, Answered answered) {
        return steps.back(trajectory, answered.moved(), answered.around(), this::contextLoss);
    }

    /** @return the gradient of the context's loss at {@code theta}, with the dropout of {@code step}, counted from 0 */
    public Tensor contextGradient(int step, Tensor theta) {
        return steps.gradient(contextLoss(step), theta);
    }

    /** @return second derivatives of the context's loss at {@code theta} along {@code direction}, with a step's dropout */
    public Curvature curvature(int step, Tensor theta, Tensor direction) {
        return steps.curvature(contextLoss(step), theta, direction);
    }

    /** @return a step's loss at (θ, w), given as two rows, without the pull towards θ₀; differentiable to any order */
    public Tensor contextLoss(Ops ops, int step, Tensor theta, Tensor around) {
        ContextLoss loss = contextLoss(step);
        return loss.batches().stream().map(batch -> loss.of(ops, batch, theta, around)).reduce(ops::add).orElseThrow();
    }

    /**
     * @return the answers' loss at (θ, w), given as two rows, and the weighted one of a retained text; differentiable to any
     *         order
     */
    public Tensor answerLoss(Ops ops, Tensor theta, Tensor around) {
        AnswerLoss loss = answerLoss();
        Tensor sum = loss.batches().stream().map(batch -> loss.of(ops, batch, theta, around).get(0)).reduce(ops::add)
                .orElseThrow();
        return retentionLoss().map(retention -> ops.add(sum, retention.of(ops, theta, around))).orElse(sum);
    }

    private Optional<RetentionLoss> retentionLoss() {
        return episode.retained().map(text -> new RetentionLoss(loop.adapted(start), text,
                loop.options().seed() + episode.key()));
    }

    private AnswerLoss answerLoss() {
        return new AnswerLoss(loop.adapted(start), loop.options(), episode.answers(),
                dropout(loop.options().steps()));
    }

    private ContextLoss contextLoss(int step) {
        return new ContextLoss(loop.adapted(start), loop.weighting(), loop.options(), episode.segments(),
                dropout(step));
    }

    private Function<MicroBatch, Dropout> dropout(int step) {
        return batch -> new EpisodeDropout(loop.options().seed(), episode.key(), step, batch);
    }

    /**
     * @param answered the result of {@link #answer}
     * @param adjoint  the gradients; those of parameters that it lacks are zero
     * @return the meta-gradient with respect to each of the learned parameters
     */
    public MetaGradient metaGradient(Answered answered, Adjoint adjoint) {
        Compute compute = learner.compute();
        Map<String, Tensor> found = new HashMap<>();
        put(found, ParameterGroup.ADAPTER + ".", loop.roles().moved().split(compute, adjoint.start()));
        List<ParameterSpec> rates = loop.rates().parameters();
        for (int i = 0; i < adjoint.rates().size(); i++) {
            found.put(ParameterGroup.RATES + "." + rates.get(i).name(), adjoint.rates().get(i));
        }
        put(found, "", loop.roles().around().split(compute, adjoint.around()));
        List<Tensor> gradient = new ArrayList<>();
        for (int i = 0; i < meta.size(); i++) {
            Tensor by = found.get(meta.names().get(i));
            gradient.add(by != null ? by : compute.fill(meta.tensors().get(i).shape(), 0));
        }
        long tokens = episode.segments().stream().mapToLong(s -> s.tokens().length).sum()
                + episode.answers().stream().mapToLong(a -> a.tokens().length).sum()
                + episode.retained().map(text -> text.tokens().length).orElse(0);
        return new MetaGradient(answered.loss(), answered.accuracy(), answered.retention(), tokens, meta.with(gradient));
    }

    private static void put(Map<String, Tensor> found, String prefix, Parameters gradients) {
        for (int i = 0; i < gradients.size(); i++) {
            found.put(prefix + gradients.names().get(i), gradients.tensors().get(i));
        }
    }
}
