package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The inner steps on one context, forward, and backward by the recursion
 * <pre>
 * λ_N = ∇ℓ(θ_N),  μ_N = 0
 * for t = N-1 … 0:
 *     (ā_θ, ā_o, v, ā_α) = VJP of U at (θ_t, o_t, g_t, α_t) applied to (λ_{t+1}, μ_{t+1})
 *     (H_t v, ∂_w⟨g_t, v⟩) = JVP of ∇_(θ,w) L in direction (v, 0)
 *     λ_t = ā_θ + H_t v;  μ_t = ā_o;  dα_t = ā_α;  dw += ∂_w⟨g_t, v⟩
 * </pre>
 * where U is the {@link Update}, L the context loss, ℓ the answers' loss. Only (θ_t, o_t, g_t) of each step is kept, as
 * {@link KeptSteps} says, and H_t v is a sum over micro-batches like g_t. So memory is that of one micro-batch's gradient
 * with its tangents, for any number of steps and any length of context, plus the given budget of {@link KeptProducts}. Steps
 * before the last T treat g_t as a constant (truncated unrolling): for them λ_t = ā_θ.
 *
 * <p>All of θ is one row, and so are λ, g_t and the tensors of o_t, if the optimizer is elementwise.
 */
final class Steps {

    private final Compute compute;
    private final Autodiff autodiff;
    private final Update update;
    private final int count;
    private final double pull;
    private final Tensor start;
    private final Tensor around;
    private final Tensor rates;

    /** The current θ_t and o_t. */
    private record Place(Tensor row, List<Tensor> state) {
    }

    /** @param rates all learning rates, from {@link Rates#table} */
    Steps(InnerLoop loop, Roles.Start start, Tensor rates) {
        this.compute = loop.learner().compute();
        this.autodiff = loop.learner().autodiff();
        this.update = new Update(loop.learner().optimizer(), loop.roles().moved(), loop.rates(), loop.options().bound());
        this.count = loop.options().steps();
        this.pull = loop.options().pull();
        this.start = start.moved();
        this.around = start.around();
        this.rates = rates;
    }

    private Place begin() {
        return new Place(start, update.state().stream().map(shape -> compute.fill(shape, 0)).toList());
    }

    /**
     * Takes all steps, discarding what the backward pass would need.
     *
     * @param losses   receives the context's mean loss per token before each step, and after the last
     * @param progress called after each micro-batch with the number of segment passes done
     * @return θ_N
     */
    Tensor take(ContextLoss loss, List<Double> losses, IntConsumer progress) {
        Passes passes = new Passes(progress);
        Place place = begin();
        List<Tensor> found = new ArrayList<>();
        for (int t = 0; t < count; t++) {
            Tensor row = place.row;
            List<Tensor> sums = Sum.of(compute, loss.batches(), batch -> {
                List<Tensor> cotangents = new ArrayList<>(List.of(compute.fill(Shape.SCALAR, 1)));
                cotangents.add(null);
                Pullback pullback = autodiff.pullback(compute,
                        (ops, theta) -> loss.withPlain(ops, batch, theta.get(0), around), List.of(row), cotangents);
                passes.add(batch);
                return List.of(pullback.values().get(1), pullback.gradients().get(0));
            });
            found.add(sums.get(0));
            Tensor gradient = pulled(sums.get(1), row);
            Place next = next(t, place, gradient);
            free(place, gradient, next);
            place = next;
        }
        place.state.forEach(compute::free);
        found.add(plainLoss(loss, place.row, passes));
        try (Scope scope = compute.scope()) { // of all steps at once: a device works on until then
            for (double sum : compute.download(compute.join(found.toArray(Tensor[]::new)))) {
                losses.add(sum / loss.scored());
            }
        }
        found.forEach(compute::free);
        return place.row;
    }

    private Tensor plainLoss(ContextLoss loss, Tensor row, Passes passes) {
        return Sum.of(compute, loss.batches(), batch -> {
            Tensor sum = loss.withPlain(compute, batch, row, around).get(1);
            passes.add(batch);
            return List.of(sum);
        }).get(0);
    }

    /** Counts segment passes. */
    private static final class Passes {

        private final IntConsumer progress;
        private int done;

        Passes(IntConsumer progress) {
            this.progress = progress;
        }

        void add(MicroBatch batch) {
            done += batch.texts().size();
            progress.accept(done);
        }
    }

    /**
     * Takes all steps, recording what the backward pass needs.
     *
     * @param unrolled T, how many of the last steps to differentiate through
     * @param owner    the scope that will own what is kept in memory
     */
    Trajectory record(IntFunction<ContextLoss> lossOf, int unrolled, Scope owner, ProductBudget budget) {
        TensorFile file = new TensorFile(compute);
        try {
            KeptSteps keptSteps = new KeptSteps(compute, owner, file);
            KeptProducts kept = new KeptProducts(compute, owner, file, budget);
            KeptProducts none = new KeptProducts(compute, owner, file, ProductBudget.NONE);
            List<Trajectory.Step> steps = new ArrayList<>();
            Place place = begin();
            for (int t = 0; t < count; t++) {
                Map<Integer, KeptProducts.OfGradient> products = new HashMap<>();
                Tensor gradient = gradient(lossOf.apply(t), place.row, t >= count - unrolled ? kept : none, products);
                Place next = next(t, place, gradient);
                steps.add(new Trajectory.Step(keptSteps.keep(place.row), keptSteps.keep(gradient),
                        place.state.stream().map(keptSteps::keep).toList(), products));
                free(place, gradient, next);
                place = next;
            }
            place.state.forEach(compute::free);
            return new Trajectory(keptSteps, steps, place.row, unrolled);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** @return θ_N after all steps, without recording them */
    Tensor end(IntFunction<ContextLoss> lossOf) {
        Place place = begin();
        for (int t = 0; t < count; t++) {
            Tensor gradient = gradient(lossOf.apply(t), place.row);
            Place next = next(t, place, gradient);
            free(place, gradient, next);
            place = next;
        }
        place.state.forEach(compute::free);
        return place.row;
    }

    private Tensor gradient(ContextLoss loss, Tensor row, KeptProducts kept,
                            Map<Integer, KeptProducts.OfGradient> products) {
        return pulled(Sum.of(compute, loss.batches(), batch -> autodiff.gradient(compute,
                (ops, theta) -> List.of(loss.of(ops, batch, theta.get(0), around)), List.of(row),
                products.computeIfAbsent(batch.first(), first -> kept.ofGradient()).recording()).gradients()).get(0), row);
    }

    /** @return ∇L(θ; w), with the gradient of the pull towards θ₀ */
    Tensor gradient(ContextLoss loss, Tensor row) {
        return pulled(Sum.of(compute, loss.batches(), batch -> autodiff.gradient(compute,
                (ops, theta) -> List.of(loss.of(ops, batch, theta.get(0), around)), List.of(row)).gradients()).get(0), row);
    }

    private Tensor pulled(Tensor gradient, Tensor row) {
        if (pull != 0) {
            compute.accumulate(gradient, pull, row);
            compute.accumulate(gradient, -pull, start);
        }
        return gradient;
    }

    private Place next(int t, Place place, Tensor gradient) {
        try (Scope scope = compute.scope()) {
            Update.Step step = update.step(compute, t + 1, place.row, gradient, place.state,
                    update.rates().at(compute, rates, t));
            scope.keep(step.row());
            step.state().forEach(scope::keep);
            return new Place(step.row(), step.state());
        }
    }

    /** Frees a step's tensors, except those that the next step shares. */
    private void free(Place place, Tensor gradient, Place next) {
        List<Tensor> gone = new ArrayList<>(place.state);
        gone.add(gradient);
        if (place.row != start) {
            gone.add(place.row);
        }
        gone.removeAll(next.state);
        gone.forEach(compute::free);
    }

    /**
     * The backward pass through all steps. θ_N is freed.
     *
     * @param lambda ∇ℓ(θ_N); freed
     * @param dw     ∂ℓ/∂w; the steps' share is added in place
     */
    Adjoint back(Trajectory trajectory, Tensor lambda, Tensor dw, IntFunction<ContextLoss> lossOf) {
        compute.free(trajectory.end());
        Tensor pulls = pull == 0 ? null : compute.fill(start.shape(), 0);
        List<Tensor> dRates = List.of();
        Adjoints at = new Adjoints(lambda, update.state().stream().map(shape -> (Tensor) null).toList());
        for (int t = count - 1; t >= 0; t--) {
            try (Scope scope = compute.scope()) {
                Trajectory.Step step = trajectory.steps().get(t);
                Tensor row = trajectory.take(step.moved());
                List<Tensor> gradientAndState = new ArrayList<>(List.of(trajectory.take(step.gradient())));
                step.state().forEach(kept -> gradientAndState.add(trajectory.take(kept)));
                List<Tensor> pulled = pullUpdateBack(t, row, gradientAndState, at);
                at.free(compute);
                gradientAndState.forEach(compute::free);
                Tensor direct = pulled.get(0);
                dRates = update.rates().collected(compute, dRates, scope.keep(pulled.get(1)));
                if (t >= count - trajectory.unrolled()) {
                    Tensor direction = pulled.get(2);
                    Tensor along = compute.dual(row, direction);
                    compute.free(row);
                    if (pull != 0) {
                        compute.accumulate(direct, pull, direction);
                        compute.accumulate(pulls, -pull, direction);
                    }
                    compute.free(direction);
                    Curvature curvature = curvature(lossOf.apply(t), along, step.products());
                    compute.accumulate(direct, 1, curvature.product());
                    compute.accumulate(dw, 1, curvature.around());
                } else {
                    compute.free(row);
                }
                at = new Adjoints(scope.keep(direct),
                        pulled.subList(3, pulled.size()).stream().map(scope::keep).toList());
            }
        }
        at.state.forEach(compute::free);
        if (pull != 0) {
            compute.accumulate(at.row, 1, pulls);
            compute.free(pulls);
        }
        return new Adjoint(at.row, update.rates().gradient(compute, dRates), dw);
    }

    /** λ and μ; the tensors of μ are null at first. */
    private record Adjoints(Tensor row, List<Tensor> state) {

        void free(Compute compute) {
            compute.free(row);
            state.stream().filter(tensor -> tensor != null).forEach(compute::free);
        }
    }

    /** @return (ā_θ, ā_α, v, ā_o …) */
    private List<Tensor> pullUpdateBack(int t, Tensor row, List<Tensor> gradientAndState, Adjoints adjoints) {
        VectorFunction function = (ops, at) -> {
            Update.Step step = update.step(ops, t + 1, at.get(0), at.get(2), at.subList(3, at.size()), at.get(1));
            return prepended(List.of(step.row()), step.state());
        };
        try (Scope scope = compute.scope()) {
            Pullback pullback = autodiff.pullback(compute, function,
                    prepended(List.of(row, update.rates().at(compute, rates, t)), gradientAndState),
                    prepended(List.of(adjoints.row), adjoints.state));
            return pullback.gradients().stream().map(scope::keep).toList();
        }
    }

    private static List<Tensor> prepended(List<Tensor> first, List<Tensor> rest) {
        List<Tensor> all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }

    /** @return the Hessian of L, with that of the pull towards θ₀, times v; and ∂_w⟨∇L, v⟩ */
    Curvature curvature(ContextLoss loss, Tensor row, Tensor direction) {
        try (Scope scope = compute.scope()) {
            Curvature found = curvature(loss, compute.dual(row, direction), Map.of());
            if (pull != 0) {
                compute.accumulate(found.product(), pull, direction);
            }
            scope.keep(found.product());
            scope.keep(found.around());
            return found;
        }
    }

    /** @param along θ with v as its tangent */
    private Curvature curvature(ContextLoss loss, Tensor along, Map<Integer, KeptProducts.OfGradient> products) {
        boolean weighted = around.shape().size() > 0;
        List<Tensor> sums = Sum.of(compute, loss.batches(), batch -> {
            List<Tensor> at = new ArrayList<>(List.of(along));
            if (weighted) {
                at.add(around);
            }
            VectorFunction function = (ops, x) -> List.of(loss.of(ops, batch, x.get(0), weighted ? x.get(1) : around));
            KeptProducts.OfGradient kept = products.get(batch.first());
            Pullback pullback = kept == null ? autodiff.gradient(compute, function, at)
                    : autodiff.gradient(compute, function, at, kept.replaying());
            compute.submit(); // so that it is the same work in each step, wherever its result goes
            return pullback.gradients().stream().map(compute::tangent).toList();
        });
        return new Curvature(sums.get(0), weighted ? sums.get(1) : compute.fill(around.shape(), 0));
    }
}
