package org.perk4j.objective.imaml;

import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.innerloop.Adjoint;
import org.perk4j.innerloop.Answered;
import org.perk4j.innerloop.EpisodeLoop;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopObjective;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/**
 * Learns the adapter's initial values, θ₀. The steps minimize {@code L(θ) + λ/2·‖θ − θ₀‖²}; at the minimum
 * {@code ∇L(θ) = λ·(θ₀ − θ)}, whose derivative with respect to θ₀ is {@code H·dθ = λ·(dθ₀ − dθ)}. So the gradient of the
 * answers' loss ℓ with respect to θ₀ is the x with {@code (H + λ)·x = λ·∇ℓ(θ)}, found by conjugate gradients with
 * Hessian-vector products. It costs the memory and time of a few gradients, for any number of steps, but is exact only if
 * the steps have converged.
 */
final class ImamlObjective extends LoopObjective {

    private final ImamlOptions options;

    ImamlObjective(ImamlOptions options) {
        super(options.loop());
        this.options = options;
    }

    @Override
    protected InnerLoop loop(Learner learner) {
        return new InnerLoop(learner, loopOptions(), new Roles(learner.adapter(), parameter -> true, List.of()),
                Rates.fixed(options.learningRate()), null);
    }

    /** @throws IllegalArgumentException if the learner's optimizer doesn't converge to a minimum */
    @Override
    public List<ParameterGroup> groups(Learner learner) {
        Resting.require(learner.optimizer(), learner.compute());
        return super.groups(learner);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            EpisodeLoop steps = loop(learner).on(episode, meta);
            Tensor end = steps.end();
            Answered answered = steps.answer(end);
            Tensor gradient = solved(compute, steps, end, compute.scale(answered.moved(), options.pull()));
            MetaGradient found = steps.metaGradient(answered, new Adjoint(gradient, List.of(), answered.around()));
            found.gradient().tensors().forEach(scope::keep);
            return found;
        }
    }

    /**
     * Solves by conjugate gradients (Hestenes, Stiefel 1952). Stops at a direction without positive curvature, since the end
     * of the steps is no minimum there.
     *
     * @return x with {@code (H + λ)·x = right}, to the precision of the options
     */
    private Tensor solved(Compute compute, EpisodeLoop steps, Tensor end, Tensor right) {
        Tensor x = compute.fill(right.shape(), 0);
        Tensor residual = compute.scale(right, 1);
        Tensor direction = compute.scale(right, 1);
        double square = dot(compute, residual, residual);
        double enough = square * options.tolerance() * options.tolerance();
        for (int i = 0; i < options.solverSteps() && square > enough; i++) {
            try (Scope scope = compute.scope()) {
                // The last step's Hessian: the pull is the same in all steps, and dropout is that of the last one.
                Tensor product = steps.curvature(options.steps() - 1, end, direction).product();
                double curvature = dot(compute, direction, product);
                if (!(curvature > 0)) {
                    break;
                }
                double length = square / curvature;
                compute.accumulate(x, length, direction);
                compute.accumulate(residual, -length, product);
                double next = dot(compute, residual, residual);
                Tensor conjugate = scope.keep(compute.combine(1, residual, next / square, direction));
                compute.free(direction);
                direction = conjugate;
                square = next;
            }
        }
        return x;
    }

    private static double dot(Compute compute, Tensor a, Tensor b) {
        try (Scope scope = compute.scope()) {
            return compute.download(compute.dot(a, b))[0];
        }
    }
}
