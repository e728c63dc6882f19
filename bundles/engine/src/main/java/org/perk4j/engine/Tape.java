package org.perk4j.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Evaluates operations on another {@link Ops} and records those that depend on a variable, each with its VJP rule. The
 * rules are written in the same other {@code Ops}: if that propagates tangents, so do the gradients.
 *
 * <p>The gradient operations need rules too, for reverse over reverse. Let φ(x) = ⟨g, f(x)⟩, so that the gradient
 * operation of f is ∇φ. Its Jacobian with respect to x is the Hessian of φ, which is symmetric, so its VJP along u equals
 * its JVP along u. Its Jacobian with respect to g is the transpose of f's, so its VJP along u is the JVP of f along u. Hence
 * the rules of gradient operations are tangents that the backend has already, and no second derivative has to be written.
 */
final class Tape implements Ops {

    private final Ops ops;
    /** The computation, if operations go directly to one; null on top of another tape. */
    private final Compute compute;
    private final ConstantProducts products;
    private final List<Step> steps = new ArrayList<>();
    private final Set<Tensor> active = Collections.newSetFromMap(new IdentityHashMap<>());
    /** The values that rules will read, in the order of recording. */
    private final List<Tensor> saved = new ArrayList<>();
    private Cotangents cotangents;

    /** Given the cotangents of a step's results, null for zero, passes cotangents to its arguments. */
    private interface Rule {
        void apply(List<Tensor> cotangents);
    }

    private interface SingleRule {
        void apply(Tensor cotangent);
    }

    private record Step(List<Tensor> results, Rule rule) {
    }

    Tape(Ops ops, ConstantProducts products) {
        this.ops = ops;
        this.products = products;
        this.compute = ops instanceof Compute c ? c : null;
    }

    Pullback pullback(VectorFunction f, List<Tensor> variables, List<Tensor> seeds) {
        active.addAll(variables);
        List<Tensor> values = f.apply(this, variables);
        if (values.size() != seeds.size()) {
            throw new IllegalArgumentException(values.size() + " results, " + seeds.size() + " cotangents");
        }
        cotangents = new Cotangents(ops);
        for (int i = 0; i < values.size(); i++) {
            if (seeds.get(i) != null) {
                requireShape(values.get(i), seeds.get(i));
                cotangents.seed(values.get(i), seeds.get(i));
            }
        }
        Set<Tensor> returned = Collections.newSetFromMap(new IdentityHashMap<>());
        returned.addAll(values);
        while (!steps.isEmpty()) {
            Step step = steps.remove(steps.size() - 1);
            List<Tensor> incoming = cotangents.take(step.results);
            if (anySet(incoming)) {
                step.rule.apply(incoming);
                cotangents.releaseAll(incoming);
            }
            if (compute != null) {
                // Later steps have read these results already, and earlier ones can't.
                for (Tensor result : step.results) {
                    if (result != null && !returned.contains(result)) {
                        compute.free(result);
                    }
                }
            }
        }
        List<Tensor> gradients = new ArrayList<>();
        for (Tensor variable : variables) {
            gradients.add(cotangents.gradient(variable));
        }
        return new Pullback(values, gradients);
    }

    private static boolean anySet(List<Tensor> cotangents) {
        for (Tensor cotangent : cotangents) {
            if (cotangent != null) {
                return true;
            }
        }
        return false;
    }

    private static void requireShape(Tensor value, Tensor cotangent) {
        if (!value.shape().equals(cotangent.shape())) {
            throw new IllegalArgumentException("cotangent " + cotangent.shape() + " for a result " + value.shape());
        }
    }

    // ---- recording

    private boolean active(Tensor value) {
        return active.contains(value);
    }

    private boolean constant(Tensor value) {
        return !active(value) && !value.hasTangent();
    }

    private boolean anyActive(Tensor... values) {
        for (Tensor value : values) {
            if (active(value)) {
                return true;
            }
        }
        return false;
    }

    /** Records a step if it depends on a variable. Its rule will read the values {@code reads}. */
    private Tensor record(Tensor result, boolean isActive, List<Tensor> reads, SingleRule rule) {
        if (isActive) {
            record(List.of(result), reads, c -> rule.apply(c.get(0)));
        }
        return result;
    }

    private void record(List<Tensor> results, List<Tensor> reads, Rule rule) {
        active.addAll(results);
        saved.addAll(reads);
        steps.add(new Step(results, rule));
    }

    private void pass(Tensor argument, Supplier<Tensor> contribution) {
        if (active(argument)) {
            cotangents.add(argument, contribution.get());
        }
    }

    /** Passes {@code α·op(a)·op(b)}, which is added in place if there is something to add it to. */
    private void passProduct(Tensor argument, double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        if (active(argument) && !cotangents.addProduct(argument, alpha, a, transposeA, b, transposeB)) {
            cotangents.add(argument, alpha == 1 ? ops.matmul(a, transposeA, b, transposeB)
                    : ops.scaledMatmul(alpha, a, transposeA, b, transposeB));
        }
    }

    /** A copy of {@code value} that carries {@code tangent}, for the rules of gradient operations. */
    private Tensor along(Tensor value, Tensor tangent) {
        if (compute == null || value.hasTangent() || tangent != null && tangent.hasTangent()) {
            throw new UnsupportedOperationException("third derivatives are not supported");
        }
        return tangent == null ? value : compute.dual(value, tangent);
    }

    private Tensor tangent(Tensor dual) {
        return compute.tangent(dual);
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        return ops.constant(shape, elements);
    }

    @Override
    public Tensor fill(Shape shape, double value) {
        return ops.fill(shape, value);
    }

    @Override
    public Tensor combine(double alpha, Tensor a, double beta, Tensor b) {
        return record(ops.combine(alpha, a, beta, b), anyActive(a, b), List.of(), g -> {
            pass(a, () -> scaled(g, alpha));
            pass(b, () -> scaled(g, beta));
        });
    }

    private Tensor scaled(Tensor g, double factor) {
        return factor == 1 ? g : ops.scale(g, factor);
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        return record(ops.affine(a, scale, shift), active(a), List.of(), g -> pass(a, () -> scaled(g, scale)));
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        return record(ops.multiply(a, b), anyActive(a, b), List.of(a, b), g -> {
            pass(a, () -> ops.multiply(g, b));
            pass(b, () -> ops.multiply(g, a));
        });
    }

    @Override
    public Tensor map(Activation f, Tensor x) {
        return record(ops.map(f, x), active(x), List.of(x), g -> pass(x, () -> ops.mapGradient(f, x, g)));
    }

    @Override
    public Tensor mapGradient(Activation f, Tensor x, Tensor gradient) {
        return record(ops.mapGradient(f, x, gradient), anyActive(x, gradient), List.of(x, gradient), u -> {
            pass(gradient, () -> ops.mapGradient(f, x, u));
            pass(x, () -> tangent(ops.mapGradient(f, along(x, u), along(gradient, null))));
        });
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        return record(ops.multiplyScalar(a, s), anyActive(a, s), active(s) ? List.of(a, s) : List.of(s), g -> {
            pass(a, () -> ops.multiplyScalar(g, s));
            pass(s, () -> ops.dot(g, a));
        });
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        return record(ops.scaleRows(a, column), anyActive(a, column), List.of(a, column), g -> {
            pass(a, () -> ops.scaleRows(g, column));
            pass(column, () -> ops.rowDots(g, a));
        });
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        return record(ops.rowDots(a, b), anyActive(a, b), List.of(a, b), g -> {
            pass(a, () -> ops.scaleRows(b, g));
            pass(b, () -> ops.scaleRows(a, g));
        });
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        return record(ops.dot(a, b), anyActive(a, b), List.of(a, b), g -> {
            pass(a, () -> ops.multiplyScalar(b, g));
            pass(b, () -> ops.multiplyScalar(a, g));
        });
    }

    @Override
    public Tensor sumRows(Tensor a) {
        int count = a.rows();
        return record(ops.sumRows(a), active(a), List.of(), g -> pass(a, () -> ops.repeatRow(g, count)));
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        return record(ops.repeatRow(row, count), active(row), List.of(), g -> pass(row, () -> ops.sumRows(g)));
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        int count = table.rows();
        return record(ops.gatherRows(table, rows), active(table), List.of(),
                g -> pass(table, () -> ops.scatterRows(g, count, rows)));
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        return record(ops.scatterRows(a, count, rows), active(a), List.of(), g -> pass(a, () -> ops.gatherRows(g, rows)));
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        Shape before = new Shape(a.rows(), from);
        Shape after = new Shape(a.rows(), a.columns() - from - count);
        return record(ops.columns(a, from, count), active(a), List.of(),
                g -> pass(a, () -> ops.concatenateColumns(ops.fill(before, 0), g, ops.fill(after, 0))));
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        return record(ops.concatenateColumns(parts), anyActive(parts), List.of(), g -> {
            int from = 0;
            for (Tensor part : parts) {
                int start = from;
                pass(part, () -> ops.columns(g, start, part.columns()));
                from += part.columns();
            }
        });
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        return ops.dropoutMask(rowKeys, columns, keep);
    }

    // ---- many tensors as one row

    @Override
    public Tensor join(Tensor... parts) {
        return record(ops.join(parts), anyActive(parts), List.of(), g -> {
            List<Tensor> all = ops.split(g, Arrays.stream(parts).map(Tensor::shape).toList());
            for (int i = 0; i < parts.length; i++) {
                Tensor part = all.get(i);
                pass(parts[i], () -> ops.scale(part, 1)); // a copy: cotangents are summed in place
            }
        });
    }

    @Override
    public List<Tensor> split(Tensor whole, List<Shape> shapes) {
        List<Tensor> parts = ops.split(whole, shapes);
        if (active(whole)) {
            Shape shape = whole.shape();
            record(parts, List.of(), g -> pass(whole, () -> joined(g, shapes, shape)));
        }
        return parts;
    }

    /** @param parts null for parts that are zero */
    private Tensor joined(List<Tensor> parts, List<Shape> shapes, Shape shape) {
        Tensor[] all = new Tensor[parts.size()];
        Arrays.setAll(all, i -> parts.get(i) == null ? ops.fill(shapes.get(i), 0) : parts.get(i));
        Tensor row = ops.join(all);
        return row.shape().equals(shape) ? row : ops.scale(ops.reshape(row, shape), 1);
    }

    @Override
    public Tensor scaleParts(Tensor whole, Tensor column, int... sizes) {
        List<Tensor> reads = active(column) ? List.of(whole, column) : List.of(column);
        return record(ops.scaleParts(whole, column, sizes), anyActive(whole, column), reads, g -> {
            pass(whole, () -> ops.scaleParts(g, column, sizes));
            pass(column, () -> ops.partDots(g, whole, sizes));
        });
    }

    @Override
    public Tensor partDots(Tensor a, Tensor b, int... sizes) {
        return record(ops.partDots(a, b, sizes), anyActive(a, b), List.of(a, b), g -> {
            pass(a, () -> ops.scaleParts(b, g, sizes));
            pass(b, () -> ops.scaleParts(a, g, sizes));
        });
    }

    // ---- linear algebra

    @Override
    public Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        if (!transposeA && active(a) && constant(b)) {
            return record(byConstant(a, b, transposeB, null), true, List.of(b), g -> passByConstant(a, g, b, !transposeB));
        }
        return record(ops.matmul(a, transposeA, b, transposeB), anyActive(a, b), factors(a, b),
                g -> passFactors(1, a, transposeA, b, transposeB, g));
    }

    /** The rule of {@code α·op(a)·op(b)}. */
    private void passFactors(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor g) {
        if (transposeA) {
            passProduct(a, alpha, b, transposeB, g, true);
        } else {
            passProduct(a, alpha, g, false, b, !transposeB);
        }
        if (transposeB) {
            passProduct(b, alpha, g, true, a, transposeA);
        } else {
            passProduct(b, alpha, a, !transposeA, g, false);
        }
    }

    private void passByConstant(Tensor argument, Tensor g, Tensor constant, boolean transposed) {
        if (products == ConstantProducts.EVALUATED) {
            passProduct(argument, 1, g, false, constant, transposed);
        } else { // somebody wants to see the product by itself
            pass(argument, () -> byConstant(g, constant, transposed, null));
        }
    }

    @Override
    public Tensor scaledMatmul(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        return record(ops.scaledMatmul(alpha, a, transposeA, b, transposeB), anyActive(a, b), factors(a, b),
                g -> passFactors(alpha, a, transposeA, b, transposeB, g));
    }

    /** @param bias a constant, or null */
    private Tensor byConstant(Tensor x, Tensor constant, boolean transposed, Tensor bias) {
        return products.product(x, constant, transposed,
                () -> bias == null ? ops.matmul(x, false, constant, transposed) : ops.linear(x, constant, bias));
    }

    /** The factors that a product's rule reads: each only for the gradient with respect to the other. */
    private List<Tensor> factors(Tensor a, Tensor b) {
        if (active(a)) {
            return active(b) ? List.of(a, b) : List.of(b);
        }
        return List.of(a);
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        boolean trainedBias = bias != null && active(bias);
        if (active(x) && constant(weight) && (bias == null || constant(bias))) {
            return record(byConstant(x, weight, false, bias), true, List.of(weight),
                    g -> passByConstant(x, g, weight, true));
        }
        return record(ops.linear(x, weight, bias), anyActive(x, weight) || trainedBias, factors(x, weight), g -> {
            passFactors(1, x, false, weight, false, g);
            if (bias != null) {
                pass(bias, () -> ops.sumRows(g));
            }
        });
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        return withProduct(ops.addProduct(c, alpha, a, b), c, alpha, a, b);
    }

    @Override
    public Tensor addProductTo(Tensor c, double alpha, Tensor a, Tensor b) {
        return withProduct(ops.addProductTo(c, alpha, a, b), c, alpha, a, b);
    }

    private Tensor withProduct(Tensor sum, Tensor c, double alpha, Tensor a, Tensor b) {
        return record(sum, anyActive(c, a, b), factors(a, b), g -> {
            passFactors(alpha, a, false, b, true, g);
            pass(c, () -> g);
        });
    }

    // ---- fused layers of a transformer

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon) {
        return record(ops.layerNorm(x, gain, bias, epsilon), anyActive(x, gain, bias), List.of(x, gain), g -> {
            if (!anyActive(gain, bias)) {
                pass(x, () -> ops.layerNormInputGradient(x, gain, g, epsilon));
                return;
            }
            NormGradients gradients = ops.layerNormGradient(x, gain, g, epsilon);
            pass(x, gradients::input);
            pass(gain, gradients::gain);
            pass(bias, gradients::bias);
        });
    }

    @Override
    public NormGradients layerNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        NormGradients result = ops.layerNormGradient(x, gain, gradient, epsilon);
        if (anyActive(x, gain, gradient)) {
            record(List.of(result.input(), result.gain(), result.bias()), List.of(x, gain, gradient), u -> {
                Tensor xAlong = along(x, u.get(0));
                Tensor gainAlong = along(gain, u.get(1));
                Tensor biasAlong = along(ops.fill(gain.shape(), 0), u.get(2));
                pass(gradient, () -> tangent(ops.layerNorm(xAlong, gainAlong, biasAlong, epsilon)));
                if (anyActive(x, gain)) {
                    NormGradients curvature = ops.layerNormGradient(xAlong, gainAlong, along(gradient, null), epsilon);
                    pass(x, () -> tangent(curvature.input()));
                    pass(gain, () -> tangent(curvature.gain()));
                }
            });
        }
        return result;
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, double epsilon) {
        return record(ops.rmsNorm(x, gain, epsilon), anyActive(x, gain), List.of(x, gain), g -> {
            if (!active(gain)) {
                pass(x, () -> ops.rmsNormInputGradient(x, gain, g, epsilon));
                return;
            }
            NormGradients gradients = ops.rmsNormGradient(x, gain, g, epsilon);
            pass(x, gradients::input);
            pass(gain, gradients::gain);
        });
    }

    @Override
    public NormGradients rmsNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        NormGradients result = ops.rmsNormGradient(x, gain, gradient, epsilon);
        if (anyActive(x, gain, gradient)) {
            record(List.of(result.input(), result.gain()), List.of(x, gain, gradient), u -> {
                Tensor xAlong = along(x, u.get(0));
                Tensor gainAlong = along(gain, u.get(1));
                pass(gradient, () -> tangent(ops.rmsNorm(xAlong, gainAlong, epsilon)));
                if (anyActive(x, gain)) {
                    NormGradients curvature = ops.rmsNormGradient(xAlong, gainAlong, along(gradient, null), epsilon);
                    pass(x, () -> tangent(curvature.input()));
                    pass(gain, () -> tangent(curvature.gain()));
                }
            });
        }
        return result;
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        return record(ops.rotate(packed, heads, positions, frequencies, inverse), active(packed), List.of(),
                g -> pass(packed, () -> ops.rotate(g, heads, positions, frequencies, !inverse)));
    }

    @Override
    public Tensor attention(Tensor packed, AttentionSpec spec, Segments segments) {
        return record(ops.attention(packed, spec, segments), active(packed), List.of(packed),
                g -> pass(packed, () -> ops.attentionGradient(packed, g, spec, segments)));
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments) {
        return record(ops.attentionGradient(packed, gradient, spec, segments), anyActive(packed, gradient),
                List.of(packed, gradient), u -> {
                    Tensor packedAlong = along(packed, u);
                    pass(gradient, () -> tangent(ops.attention(packedAlong, spec, segments)));
                    pass(packed, () -> tangent(
                            ops.attentionGradient(packedAlong, along(gradient, null), spec, segments)));
                });
    }

    @Override
    public Tensor cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values,
                                  int[] starts, int[] past) {
        throw new UnsupportedOperationException("cached attention is for decoding and not differentiable");
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets, boolean gradient) {
        // Known products are of logits without a soft cap.
        TokenLoss result = active(hidden) && constant(head) && softCap == AttentionSpec.UNCAPPED
                ? products.tokenLoss(hidden, head, targets, () -> ops.tokenLoss(hidden, head, targets, true))
                : ops.tokenLoss(hidden, head, softCap, targets, gradient || active(hidden));
        if (!anyActive(hidden, head)) {
            return result;
        }
        List<Tensor> results = result.gradient() == null
                ? List.of(result.loss()) : List.of(result.loss(), result.gradient());
        List<Tensor> reads = new ArrayList<>(results.subList(1, results.size()));
        if (gradient || active(head)) {
            reads.addAll(List.of(hidden, head));
        }
        record(results, reads, c -> {
            Tensor g = c.get(0);
            Tensor u = c.size() > 1 ? c.get(1) : null;
            if (g != null) {
                pass(hidden, () -> ops.scaleRows(result.gradient(), g));
                pass(head, () -> ops.headGradient(hidden, head, softCap, targets, g));
            }
            if (u != null) {
                // ⟨u, gradient⟩ is the derivative of the summed loss along u.
                Tensor hiddenAlong = along(hidden, u);
                pass(hidden, () -> tangent(
                        ops.tokenLoss(hiddenAlong, along(head, null), softCap, targets, true).gradient()));
                pass(head, () -> tangent(ops.headGradient(hiddenAlong, along(head, null), softCap, targets,
                        ops.fill(new Shape(targets.length, 1), 1))));
            }
        });
        return gradient ? result : new TokenLoss(result.loss(), null);
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient) {
        return record(ops.headGradient(hidden, head, softCap, targets, gradient), anyActive(hidden, head, gradient),
                List.of(hidden, head, gradient), u -> {
                    // ⟨u, headGradient⟩ is the derivative of the weighted loss along u in the head.
                    Tensor headAlong = along(head, u);
                    TokenLoss loss = ops.tokenLoss(along(hidden, null), headAlong, softCap, targets, true);
                    pass(gradient, () -> tangent(loss.loss()));
                    pass(hidden, () -> ops.scaleRows(tangent(loss.gradient()), along(gradient, null)));
                    pass(head, () -> tangent(ops.headGradient(hidden, headAlong, softCap, targets, gradient)));
                });
    }

    // ---- lifetime

    @Override
    public Tensor scoped(Supplier<Tensor> body) {
        if (compute == null) {
            return body.get();
        }
        int start = saved.size();
        try (Scope scope = compute.scope()) {
            Tensor result = body.get();
            saved.subList(start, saved.size()).forEach(scope::keep);
            return scope.keep(result);
        }
    }
}
