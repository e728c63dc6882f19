package org.perk4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/** Every primitive in float64: first and second derivatives against finite differences, and against each other. */
class ReverseModeTest {

    private static final Autodiff AUTODIFF = new ReverseMode();
    private static final Heads HEADS = new Heads(4, 2, 2);
    private static final AttentionSpec ATTENTION = new AttentionSpec(HEADS);
    private static final AttentionSpec NEAR = ATTENTION.within(2).capped(2).scaled(0.8);
    private static final Segments SEGMENTS = new Segments(3, 1, 4);
    private static final int[] TARGETS = {2, -1, 0, 4};

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    /** A function of matrices, its result weighted and bent so that the scalar loss has curvature even if it has none. */
    record Primitive(String name, boolean twice, List<Shape> shapes, double low, double high, VectorFunction function) {

        @Override
        public String toString() {
            return name;
        }
    }

    private interface One {
        Tensor apply(Ops ops, List<Tensor> x);
    }

    private static Primitive primitive(String name, boolean twice, double low, double high, One f, Shape... shapes) {
        return new Primitive(name, twice, List.of(shapes), low, high, (ops, x) -> List.of(f.apply(ops, x)));
    }

    private static Primitive smooth(String name, One f, Shape... shapes) {
        return primitive(name, true, -1.5, 1.5, f, shapes);
    }

    /** An operation that is a gradient already, so that its third derivative is not supported. */
    private static Primitive gradient(String name, One f, Shape... shapes) {
        return primitive(name, false, -1.5, 1.5, f, shapes);
    }

    private static Tensor joined(Ops ops, NormGradients g) {
        return ops.concatenateColumns(ops.sumRows(ops.multiply(g.input(), g.input())), g.gain(),
                g.bias() == null ? g.gain() : g.bias());
    }

    private static Tensor lossAndGradient(Ops ops, TokenLoss loss) {
        return ops.concatenateColumns(loss.loss(), loss.gradient());
    }

    /** The last part has no influence. */
    private static Tensor ofParts(Ops ops, List<Tensor> parts) {
        return ops.concatenateColumns(ops.dot(parts.get(0), parts.get(0)), ops.sumRows(parts.get(1)));
    }

    private static Shape s(int rows, int columns) {
        return new Shape(rows, columns);
    }

    static Stream<Primitive> primitives() {
        List<Primitive> cases = new ArrayList<>(List.of(
                smooth("combine", (o, x) -> o.combine(2, x.get(0), -3, x.get(1)), s(2, 3), s(2, 3)),
                smooth("add", (o, x) -> o.add(x.get(0), x.get(1)), s(2, 3), s(2, 3)),
                smooth("a value used twice", (o, x) -> o.add(x.get(0), x.get(0)), s(2, 3)),
                smooth("affine", (o, x) -> o.affine(x.get(0), -2, 3), s(2, 3)),
                smooth("multiply", (o, x) -> o.multiply(x.get(0), x.get(1)), s(2, 3), s(2, 3)),
                smooth("multiplyScalar", (o, x) -> o.multiplyScalar(x.get(0), x.get(1)), s(2, 3), s(1, 1)),
                smooth("scaleRows", (o, x) -> o.scaleRows(x.get(0), x.get(1)), s(2, 3), s(2, 1)),
                smooth("rowDots", (o, x) -> o.rowDots(x.get(0), x.get(1)), s(2, 3), s(2, 3)),
                smooth("dot", (o, x) -> o.dot(x.get(0), x.get(1)), s(2, 3), s(2, 3)),
                smooth("sumRows", (o, x) -> o.sumRows(x.get(0)), s(3, 2)),
                smooth("repeatRow", (o, x) -> o.repeatRow(x.get(0), 3), s(1, 2)),
                smooth("gatherRows", (o, x) -> o.gatherRows(x.get(0), 2, 0, -1, 2), s(3, 2)),
                smooth("scatterRows", (o, x) -> o.scatterRows(x.get(0), 3, 2, 0, -1, 2), s(4, 2)),
                smooth("columns", (o, x) -> o.columns(x.get(0), 1, 2), s(2, 4)),
                smooth("concatenateColumns", (o, x) -> o.concatenateColumns(x.get(0), x.get(1)), s(2, 1), s(2, 3)),
                smooth("join", (o, x) -> o.join(x.get(0), x.get(1), x.get(0)), s(2, 2), s(3, 1)),
                smooth("split", (o, x) -> ofParts(o, o.split(x.get(0), List.of(s(2, 2), s(3, 1), s(1, 1)))), s(2, 4)),
                smooth("scaleParts", (o, x) -> o.scaleParts(x.get(0), x.get(1), 1, 0, 5), s(2, 3), s(3, 1)),
                smooth("partDots", (o, x) -> o.partDots(x.get(0), x.get(1), 4, 2), s(2, 3), s(2, 3)),
                smooth("linear", (o, x) -> o.linear(x.get(0), x.get(1), x.get(2)), s(2, 3), s(3, 4), s(1, 4)),
                smooth("linear without bias", (o, x) -> o.linear(x.get(0), x.get(1), null), s(2, 3), s(3, 4)),
                smooth("addProduct", (o, x) -> o.addProduct(x.get(0), -0.7, x.get(1), x.get(2)), s(2, 4), s(2, 3), s(4, 3)),
                smooth("layerNorm", (o, x) -> o.layerNorm(x.get(0), x.get(1), x.get(2), 1e-5), s(3, 5), s(1, 5), s(1, 5)),
                gradient("layerNormGradient", (o, x) -> joined(o, o.layerNormGradient(x.get(0), x.get(1), x.get(2), 1e-5)),
                        s(3, 5), s(1, 5), s(3, 5)),
                smooth("rmsNorm", (o, x) -> o.rmsNorm(x.get(0), x.get(1), 1e-6), s(3, 5), s(1, 5)),
                gradient("rmsNormGradient", (o, x) -> joined(o, o.rmsNormGradient(x.get(0), x.get(1), x.get(2), 1e-6)),
                        s(3, 5), s(1, 5), s(3, 5)),
                smooth("rotate", (o, x) -> o.rotate(x.get(0), HEADS, SEGMENTS.positions(), new double[] {1.3}, false),
                        s(8, 16)),
                smooth("reshape", (o, x) -> o.reshape(x.get(0), s(3, 4)), s(2, 6)),
                smooth("attention", (o, x) -> o.attention(x.get(0), ATTENTION, SEGMENTS), s(8, 16)),
                gradient("attentionGradient", (o, x) -> o.attentionGradient(x.get(0), x.get(1), ATTENTION, SEGMENTS),
                        s(8, 16), s(8, 8)),
                smooth("attention, capped, in a window", (o, x) -> o.attention(x.get(0), NEAR, SEGMENTS), s(8, 16)),
                gradient("attentionGradient, capped, in a window",
                        (o, x) -> o.attentionGradient(x.get(0), x.get(1), NEAR, SEGMENTS), s(8, 16), s(8, 8)),
                smooth("tokenLoss, capped", (o, x) -> o.tokenLoss(x.get(0), x.get(1), 2, TARGETS, false).loss(),
                        s(4, 3), s(5, 3)),
                gradient("tokenLoss with gradient, capped",
                        (o, x) -> lossAndGradient(o, o.tokenLoss(x.get(0), x.get(1), 2, TARGETS, true)), s(4, 3), s(5, 3)),
                gradient("headGradient, capped", (o, x) -> o.headGradient(x.get(0), x.get(1), 2, TARGETS, x.get(2)),
                        s(4, 3), s(5, 3), s(4, 1)),
                smooth("tokenLoss", (o, x) -> o.tokenLoss(x.get(0), x.get(1), TARGETS, false).loss(), s(4, 3), s(5, 3)),
                gradient("tokenLoss with gradient",
                        (o, x) -> lossAndGradient(o, o.tokenLoss(x.get(0), x.get(1), TARGETS, true)),
                        s(4, 3), s(5, 3)),
                gradient("headGradient", (o, x) -> o.headGradient(x.get(0), x.get(1), TARGETS, x.get(2)),
                        s(4, 3), s(5, 3), s(4, 1))));
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                cases.add(smooth("scaledMatmul " + ta + " " + tb, (o, x) -> o.scaledMatmul(-0.7, x.get(0), ta, x.get(1), tb),
                        ta ? s(3, 2) : s(2, 3), tb ? s(4, 3) : s(3, 4)));
                cases.add(smooth("matmul " + ta + " " + tb, (o, x) -> o.matmul(x.get(0), ta, x.get(1), tb),
                        ta ? s(3, 2) : s(2, 3), tb ? s(4, 3) : s(3, 4)));
            }
        }
        for (Activation f : Activation.values()) {
            boolean positive = List.of(Activation.SQRT, Activation.RECIPROCAL, Activation.LOG).contains(f);
            cases.add(primitive(f + "", true, positive ? 0.5 : -3, 3, (o, x) -> o.map(f, x.get(0)), s(3, 4)));
            cases.add(primitive(f + " gradient", false, positive ? 0.5 : -3, 3,
                    (o, x) -> o.mapGradient(f, x.get(0), x.get(1)), s(3, 4), s(3, 4)));
        }
        return cases.stream();
    }

    private static VectorFunction loss(Primitive primitive) {
        return (ops, x) -> {
            Tensor y = primitive.function.apply(ops, x).get(0);
            double[] weights = new SplittableRandom(7).doubles(y.shape().size(), -1, 1).toArray();
            Tensor bent = ops.add(y, ops.scale(ops.map(Activation.SOFTPLUS, y), 0.5));
            return List.of(ops.dot(bent, ops.constant(y.shape(), weights)));
        };
    }

    private double[][] point(Primitive primitive, long seed, double low, double high) {
        SplittableRandom random = new SplittableRandom(seed);
        return primitive.shapes.stream().map(s -> random.doubles(s.size(), low, high).toArray()).toArray(double[][]::new);
    }

    private List<Tensor> tensors(Primitive primitive, double[][] at) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < at.length; i++) {
            tensors.add(compute.constant(primitive.shapes.get(i), at[i]));
        }
        return tensors;
    }

    private double[] flat(List<Tensor> tensors) {
        return tensors.stream().flatMapToDouble(t -> Arrays.stream(compute.download(t))).toArray();
    }

    private static double[][] moved(double[][] at, double step, double[][] direction) {
        double[][] moved = new double[at.length][];
        for (int i = 0; i < at.length; i++) {
            moved[i] = at[i].clone();
            for (int j = 0; j < at[i].length; j++) {
                moved[i][j] += step * direction[i][j];
            }
        }
        return moved;
    }

    @ParameterizedTest
    @MethodSource("primitives")
    void gradientEqualsFiniteDifferences(Primitive primitive) {
        double[][] at = point(primitive, 1, primitive.low, primitive.high);
        double[] gradient = flat(AUTODIFF.gradient(compute, loss(primitive), tensors(primitive, at)).gradients());
        int element = 0;
        for (int i = 0; i < at.length; i++) {
            for (int j = 0; j < at[i].length; j++, element++) {
                double[][] unit = moved(at, -1, at);
                unit[i][j] = 1;
                double h = 1e-5;
                double difference =
                        (valueAt(primitive, moved(at, h, unit)) - valueAt(primitive, moved(at, -h, unit))) / (2 * h);
                // Central differences: error h² times a third derivative of order 1 to 10.
                assertEquals(difference, gradient[element], 2e-8 * (1 + Math.abs(difference)),
                        "argument " + i + "[" + j + "]");
            }
        }
    }

    private double valueAt(Primitive primitive, double[][] at) {
        return compute.download(loss(primitive).apply(compute, tensors(primitive, at)).get(0))[0];
    }

    @ParameterizedTest
    @MethodSource("primitives")
    void hessianVectorProducts(Primitive primitive) {
        double[][] at = point(primitive, 2, primitive.low, primitive.high);
        double[][] direction = point(primitive, 3, -1, 1);
        if (!primitive.twice) {
            assertThrows(UnsupportedOperationException.class, () -> forwardOverReverse(primitive, at, direction));
            assertThrows(UnsupportedOperationException.class, () -> reverseOverReverse(primitive, at, direction));
            return;
        }
        double[] forward = forwardOverReverse(primitive, at, direction);
        double h = 1e-5;
        double[] plus = flat(AUTODIFF.gradient(compute, loss(primitive), tensors(primitive, moved(at, h, direction)))
                .gradients());
        double[] minus = flat(AUTODIFF.gradient(compute, loss(primitive), tensors(primitive, moved(at, -h, direction)))
                .gradients());
        for (int i = 0; i < forward.length; i++) {
            double difference = (plus[i] - minus[i]) / (2 * h);
            assertEquals(difference, forward[i], 1e-7 * (1 + Math.abs(difference)), "forward over reverse, element " + i);
        }
        double[] reverse = flat(reverseOverReverse(primitive, at, direction));
        for (int i = 0; i < forward.length; i++) {
            assertEquals(forward[i], reverse[i], 1e-11 * (1 + Math.abs(forward[i])), "reverse over reverse, element " + i);
        }
    }

    private double[] forwardOverReverse(Primitive primitive, double[][] at, double[][] direction) {
        List<Tensor> x = tensors(primitive, at);
        List<Tensor> v = tensors(primitive, direction);
        List<Tensor> duals = new ArrayList<>();
        for (int i = 0; i < x.size(); i++) {
            duals.add(compute.dual(x.get(i), v.get(i)));
        }
        return flat(AUTODIFF.gradient(compute, loss(primitive), duals).gradients().stream().map(compute::tangent).toList());
    }

    private List<Tensor> reverseOverReverse(Primitive primitive, double[][] at, double[][] direction) {
        List<Tensor> v = tensors(primitive, direction);
        VectorFunction slopeAlongV = (ops, x) -> {
            List<Tensor> gradient = AUTODIFF.gradient(ops, loss(primitive), x).gradients();
            Tensor sum = ops.dot(gradient.get(0), v.get(0));
            for (int i = 1; i < v.size(); i++) {
                sum = ops.add(sum, ops.dot(gradient.get(i), v.get(i)));
            }
            return List.of(sum);
        };
        return AUTODIFF.gradient(compute, slopeAlongV, tensors(primitive, at)).gradients();
    }

    @Test
    void everythingButResultsAndGradientsIsFreed() {
        Primitive attention = primitives().filter(p -> p.name.equals("attention")).findFirst().orElseThrow();
        List<Tensor> x = tensors(attention, point(attention, 4, -1, 1));
        long before = compute.memory().liveBytes();
        Pullback pullback = AUTODIFF.gradient(compute, (ops, at) -> List.of(ops.scoped(() ->
                loss(attention).apply(ops, at).get(0))), x);
        long gradient = pullback.gradients().get(0).shape().size() * 8;
        // The result, and the cotangent of one that belongs to the caller's scope.
        assertEquals(before + gradient + 2 * 8, compute.memory().liveBytes());
    }

    @Test
    void gradientsAreDistinctTensors() {
        List<Tensor> x = List.of(compute.fill(s(2, 2), 1), compute.fill(s(2, 2), 2));
        Tensor seed = compute.fill(s(2, 2), 1);
        List<Tensor> gradients = AUTODIFF.pullback(compute, (ops, at) -> List.of(ops.add(at.get(0), at.get(1))), x,
                List.of(seed)).gradients();
        compute.accumulate(gradients.get(0), 1, seed);
        assertEquals(1, compute.download(gradients.get(1))[0]);
        assertEquals(1, compute.download(seed)[0]);
    }

    @Test
    void anArgumentThatDoesNotMatterHasZeroGradient() {
        List<Tensor> x = List.of(compute.fill(s(1, 1), 3), compute.fill(s(2, 3), 2));
        List<Tensor> gradients = AUTODIFF.gradient(compute, (ops, at) -> List.of(ops.multiply(at.get(0), at.get(0))), x)
                .gradients();
        assertEquals(6, compute.download(gradients.get(0))[0]);
        assertEquals(s(2, 3), gradients.get(1).shape());
        assertTrue(Arrays.stream(compute.download(gradients.get(1))).allMatch(g -> g == 0));
    }

    @Test
    void aCotangentOfTheWrongShapeIsRefused() {
        List<Tensor> x = List.of(compute.fill(s(2, 2), 3));
        List<Tensor> wrong = List.of(compute.fill(s(1, 2), 1));
        assertThrows(IllegalArgumentException.class, () -> AUTODIFF.pullback(compute, (ops, at) -> at, x, wrong));
    }
}
