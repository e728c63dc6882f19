package org.perk4j.objective.perk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.meta.Learner;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The inner steps on one context, forwards, and backwards by the recursion
 * <pre>
 * λ_N = ∇ℓ(θ_N),  μ_N = 0
 * for t = N-1 … 0:
 *     (ā_θ, ā_o, v, ā_α) = VJP of U at (θ_t, o_t, g_t, α_t) applied to (λ_{t+1}, μ_{t+1})
 *     (H_t v, ∂_w⟨g_t, v⟩) = JVP of ∇_(θ,w) L in direction (v, 0)
 *     λ_t = ā_θ + H_t v;  μ_t = ā_o;  dα_t = ā_α;  dw += ∂_w⟨g_t, v⟩
 * </pre>
 * where U is the optimizer's update, L the context loss, ℓ the answers' loss. Only (θ_t, o_t, g_t) is kept of each step, in a
 * file, and H_t v is a sum over micro-batches as g_t is: memory is that of one micro-batch's gradient with its tangents,
 * for any number of steps and any length of context; {@link KeptProducts} may add a given number of bytes. Steps before the
 * last T take g_t for a constant (truncated unrolling): there λ_t = ā_θ.
 */
final class InnerLoop {

    private final Learner learner;
    private final Update update;
    private final List<ParameterSpec> specs;
    private final Compute compute;
    /** The learned learning rates, one column of N rows per adapter parameter. */
    private final Parameters rates;
    private final Parameters weighting;

    /** What was before step t, and its gradient: θ_t, o_t and g_t. */
    private record Before(Parameters adapter, List<List<Tensor>> slots, List<Tensor> gradient) {
    }

    /**
     * The same on file: θ_t, and for each parameter g_t and o_t.
     *
     * @param products of the evaluation of g_t, by the number of a micro-batch's first text
     */
    private record Trace(List<TensorFile.Stored> adapter, List<List<TensorFile.Stored>> gradientAndSlots,
                         Map<Integer, KeptProducts.OfGradient> products) {
    }

    /**
     * What the backward pass finds.
     *
     * @param adapter   λ_0
     * @param rates     dα, per adapter parameter and step
     * @param weighting dw
     */
    record Adjoint(List<Tensor> adapter, double[][] rates, List<Tensor> weighting) {
    }

    private final TensorFile file;
    private final List<Trace> traces = new ArrayList<>();
    private Parameters adapter;
    private List<List<Tensor>> slots;
    private int stepsDone = 0;

    /**
     * @param update how a step is taken
     * @param file   for what steps that will be walked back leave
     */
    InnerLoop(Learner learner, Update update, TensorFile file, Parameters adapter, Parameters rates,
              Parameters weighting) {
        this.learner = learner;
        this.update = update;
        this.specs = learner.adapter().parameters();
        this.compute = learner.compute();
        this.adapter = adapter;
        this.rates = rates;
        this.weighting = weighting;
        this.file = file;
        this.slots = specs.stream().map(spec -> update.state(spec).stream().map(shape -> compute.fill(shape, 0)).toList())
                .toList();
    }

    /** @return θ after the last step */
    Parameters adapter() {
        return adapter;
    }

    /**
     * One step forwards that will be walked back.
     *
     * @param kept products may be kept there for the way back
     */
    void step(ContextLoss loss, KeptProducts kept) {
        Map<Integer, KeptProducts.OfGradient> products = new HashMap<>();
        Parameters at = adapter;
        Before before = advance(sum(loss.batches(), batch -> learner.autodiff().gradient(compute,
                (ops, theta) -> List.of(loss.of(ops, batch, at.with(theta), weighting)), at.tensors(),
                products.computeIfAbsent(batch.first(), first -> kept.ofGradient()).recording()).gradients()));
        List<List<TensorFile.Stored>> gradientAndSlots = new ArrayList<>();
        for (int i = 0; i < before.gradient.size(); i++) {
            gradientAndSlots.add(stored(prepended(List.of(before.gradient.get(i)), before.slots.get(i))));
        }
        traces.add(new Trace(stored(before.adapter.tensors()), gradientAndSlots, products));
        free(before);
    }

    private List<TensorFile.Stored> stored(List<Tensor> tensors) {
        return tensors.stream().map(file::write).toList();
    }

    private List<Tensor> read(List<TensorFile.Stored> stored) {
        return stored.stream().map(file::read).toList();
    }

    /**
     * One step forwards for good.
     *
     * @return what a token of the context lost on average before the step
     */
    double stepAndForget(ContextLoss loss, Consumer<MicroBatch> progress) {
        Parameters at = adapter;
        List<Tensor> sums = sum(loss.batches(), batch -> {
            List<Tensor> cotangents = new ArrayList<>(List.of(compute.fill(Shape.SCALAR, 1)));
            cotangents.add(null);
            Pullback pullback = learner.autodiff().pullback(compute,
                    (ops, theta) -> loss.withPlain(ops, batch, at.with(theta), weighting), at.tensors(), cotangents);
            progress.accept(batch);
            return prepended(List.of(pullback.values().get(1)), pullback.gradients());
        });
        double plain = compute.download(sums.get(0))[0];
        compute.free(sums.get(0));
        free(advance(sums.subList(1, sums.size())));
        return plain / loss.scored();
    }

    /** @return what a token of the context loses on average now */
    double loss(ContextLoss loss, Consumer<MicroBatch> progress) {
        double sum = 0;
        for (MicroBatch batch : loss.batches()) {
            try (Scope scope = compute.scope()) {
                sum += compute.download(loss.withPlain(compute, batch, adapter, weighting).get(1))[0];
            }
            progress.accept(batch);
        }
        return sum / loss.scored();
    }

    private void free(Before before) {
        before.gradient.forEach(compute::free);
        before.slots.forEach(s -> s.forEach(compute::free));
        boolean initial = stepsDone == 1;
        if (!initial) {
            before.adapter.tensors().forEach(compute::free);
        }
    }

    private Before advance(List<Tensor> gradient) {
        Before before = new Before(adapter, slots, gradient);
        List<Tensor> next = new ArrayList<>();
        List<List<Tensor>> nextSlots = new ArrayList<>();
        for (int i = 0; i < adapter.size(); i++) {
            try (Scope scope = compute.scope()) {
                Update.Step step = update.step(compute, stepsDone + 1, specs.get(i), adapter.tensors().get(i),
                        gradient.get(i), slots.get(i), rate(i, stepsDone));
                next.add(scope.keep(step.parameter()));
                nextSlots.add(step.state().stream().map(scope::keep).toList());
            }
        }
        adapter = adapter.with(next);
        slots = nextSlots;
        stepsDone++;
        return before;
    }

    private Tensor rate(int parameter, int step) {
        return compute.gatherRows(rates.tensors().get(parameter), step);
    }

    /**
     * Walks all steps back. To be called once and last: θ_N is freed.
     *
     * @param lambda   ∇ℓ(θ_N); freed
     * @param unrolled T, how many of the last steps are differentiated through
     * @param lossOf   the context loss of a step
     */
    Adjoint backward(List<Tensor> lambda, int unrolled, Function<Integer, ContextLoss> lossOf) {
        int last = traces.size();
        slots.forEach(s -> s.forEach(compute::free));
        adapter.tensors().forEach(compute::free);
        double[][] dRates = new double[adapter.size()][last];
        List<Tensor> dWeighting = weighting.tensors().stream().map(w -> compute.fill(w.shape(), 0)).toList();
        List<List<Tensor>> mu = specs.stream()
                .map(spec -> Collections.nCopies(update.state(spec).size(), (Tensor) null)).toList();
        for (int t = last - 1; t >= 0; t--) {
            try (Scope scope = compute.scope()) {
                Trace trace = traces.get(t);
                Parameters theta = adapter.with(read(trace.adapter));
                List<Tensor> direct = new ArrayList<>();
                List<Tensor> direction = new ArrayList<>();
                List<List<Tensor>> earlier = new ArrayList<>();
                for (int i = 0; i < lambda.size(); i++) {
                    try (Scope one = compute.scope()) {
                        List<Tensor> adjoints = pullUpdateBack(t, i, theta.tensors().get(i),
                                read(trace.gradientAndSlots.get(i)), lambda.get(i), mu.get(i));
                        dRates[i][t] = compute.download(adjoints.get(1))[0];
                        direct.add(one.keep(adjoints.get(0)));
                        direction.add(one.keep(adjoints.get(2)));
                        earlier.add(adjoints.subList(3, adjoints.size()).stream().map(one::keep).toList());
                    }
                }
                lambda.forEach(compute::free);
                mu.forEach(m -> m.stream().filter(x -> x != null).forEach(compute::free));
                if (t >= last - unrolled) {
                    List<Tensor> curvature = curvature(lossOf.apply(t), theta, direction, trace.products);
                    for (int i = 0; i < direct.size(); i++) {
                        compute.accumulate(direct.get(i), 1, curvature.get(i));
                    }
                    for (int i = 0; i < dWeighting.size(); i++) {
                        compute.accumulate(dWeighting.get(i), 1, curvature.get(direct.size() + i));
                    }
                }
                lambda = direct.stream().map(scope::keep).toList();
                mu = earlier.stream().map(m -> m.stream().map(scope::keep).toList()).toList();
            }
        }
        return new Adjoint(lambda, dRates, dWeighting);
    }

    /** @return (ā_θ, ā_α, v, ā_o …) of one parameter */
    private List<Tensor> pullUpdateBack(int t, int parameter, Tensor theta, List<Tensor> gradientAndSlots, Tensor lambda,
                                        List<Tensor> mu) {
        VectorFunction function = (ops, at) -> {
            Update.Step step = update.step(ops, t + 1, specs.get(parameter), at.get(0), at.get(2),
                    at.subList(3, at.size()), at.get(1));
            return prepended(List.of(step.parameter()), step.state());
        };
        Pullback pullback = learner.autodiff().pullback(compute, function,
                prepended(List.of(theta, rate(parameter, t)), gradientAndSlots), prepended(List.of(lambda), mu));
        pullback.values().forEach(compute::free);
        return pullback.gradients();
    }

    private static List<Tensor> prepended(List<Tensor> first, List<Tensor> rest) {
        List<Tensor> all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }

    /** @return H_t v for each adapter parameter, then ∂_w⟨g_t, v⟩ for each of the weighting net's */
    private List<Tensor> curvature(ContextLoss loss, Parameters theta, List<Tensor> direction,
                                   Map<Integer, KeptProducts.OfGradient> products) {
        return sum(loss.batches(), batch -> {
            List<Tensor> at = new ArrayList<>();
            for (int i = 0; i < direction.size(); i++) {
                at.add(compute.dual(theta.tensors().get(i), direction.get(i)));
            }
            at.addAll(weighting.tensors());
            int split = direction.size();
            return learner.autodiff().gradient(compute, (ops, x) -> List.of(loss.of(ops, batch,
                            theta.with(x.subList(0, split)), weighting.with(x.subList(split, x.size())))), at,
                            products.get(batch.first()).replaying()).gradients().stream().map(compute::tangent).toList();
        });
    }

    /** Sums what is found per micro-batch, holding the temporaries of one at a time. */
    private List<Tensor> sum(List<MicroBatch> batches, Function<MicroBatch, List<Tensor>> term) {
        List<Tensor> sum = null;
        for (MicroBatch batch : batches) {
            try (Scope scope = compute.scope()) {
                List<Tensor> terms = term.apply(batch);
                if (sum == null) {
                    sum = terms.stream().map(scope::keep).toList();
                } else {
                    for (int i = 0; i < terms.size(); i++) {
                        compute.accumulate(sum.get(i), 1, terms.get(i));
                    }
                }
            }
        }
        return sum;
    }
}
