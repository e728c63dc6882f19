package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * The fast kernels agree with plain Java in double precision, value and tangent, whichever arguments carry tangents, at
 * sizes on both sides of every threshold between vectors, blocks and threads.
 */
class AgreementTest {

    private static final double TOLERANCE = 2e-5;

    private static Workers workers;
    private static Arena arena;

    @BeforeAll
    static void start() {
        Natives.load();
        workers = new Workers(3);
        arena = new Arena();
    }

    @AfterAll
    static void stop() {
        workers.close();
        arena.clear();
    }

    /** Something that both evaluate. */
    private interface Computation {
        List<Tensor> apply(Compute compute, List<Tensor> arguments);
    }

    private interface SingleComputation {
        Tensor apply(Compute compute, List<Tensor> arguments);
    }

    private static void check(SingleComputation computation, Shape... shapes) {
        checkAll((c, a) -> List.of(computation.apply(c, a)), shapes);
    }

    private static void checkAll(Computation computation, Shape... shapes) {
        for (int tangents = 0; tangents < 1 << shapes.length; tangents++) {
            List<double[]> expected = evaluate(new JavaCompute(DType.FLOAT64), computation, shapes, tangents);
            List<double[]> actual = evaluate(new FloatCompute(workers, arena, new OneDnn(), false), computation, shapes,
                    tangents);
            assertEquals(expected.size(), actual.size());
            for (int i = 0; i < expected.size(); i++) {
                assertClose(expected.get(i), actual.get(i), "result " + i + ", tangents " + tangents);
            }
        }
    }

    private static void assertClose(double[] expected, double[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        double largest = Math.max(1e-3, Arrays.stream(expected).map(Math::abs).max().orElse(0));
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Math.abs(expected[i] - actual[i]) <= TOLERANCE * largest,
                    what + ", element " + i + ": " + actual[i] + " instead of " + expected[i] + " (largest " + largest
                    + ")");
        }
    }

    /** @return value and tangent of each result */
    private static List<double[]> evaluate(Compute compute, Computation computation, Shape[] shapes, int tangents) {
        Random random = new Random(42);
        try (compute) {
            List<Tensor> arguments = new ArrayList<>();
            for (int i = 0; i < shapes.length; i++) {
                Tensor value = random(compute, shapes[i], random);
                Tensor tangent = random(compute, shapes[i], random);
                arguments.add((tangents >> i & 1) == 1 ? compute.dual(value, tangent) : value);
            }
            List<double[]> results = new ArrayList<>();
            for (Tensor result : computation.apply(compute, arguments)) {
                results.add(compute.download(result));
                results.add(result.hasTangent() ? compute.download(compute.tangent(result)) : new double[0]);
            }
            return results;
        }
    }

    private static Tensor random(Compute compute, Shape shape, Random random) {
        float[] elements = new float[(int) shape.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) random.nextGaussian();
        }
        return compute.upload(shape, FloatBuffer.wrap(elements));
    }

    private static Shape shape(int rows, int columns) {
        return new Shape(rows, columns);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "16,16", "7,130", "300,129"})
    void elementwise(int m, int n) {
        Shape s = shape(m, n);
        check((c, a) -> c.combine(0.5, a.get(0), -2, a.get(1)), s, s);
        check((c, a) -> c.affine(a.get(0), 3, -1), s);
        check((c, a) -> c.multiply(a.get(0), a.get(1)), s, s);
        check((c, a) -> c.multiply(a.get(0), a.get(0)), s);
        check((c, a) -> c.multiplyScalar(a.get(0), a.get(1)), s, shape(1, 1));
        check((c, a) -> c.scaleRows(a.get(0), a.get(1)), s, shape(m, 1));
        check((c, a) -> c.rowDots(a.get(0), a.get(1)), s, s);
        check((c, a) -> c.dot(a.get(0), a.get(1)), s, s);
        check((c, a) -> c.sumRows(a.get(0)), s);
        check((c, a) -> c.repeatRow(a.get(0), m), shape(1, n));
        check((c, a) -> c.fill(s, 2.5));
        check((c, a) -> c.primal(a.get(0)), s);
        check((c, a) -> c.tangent(a.get(0)), s);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void functions(Activation f) {
        SingleComputation positive = (c, a) -> List.of(Activation.SQRT, Activation.RECIPROCAL, Activation.LOG).contains(f)
                ? c.affine(c.multiply(a.get(0), a.get(0)), 1, 0.5) : c.scale(a.get(0), 4);
        for (Shape s : List.of(shape(1, 1), shape(5, 7), shape(130, 257))) {
            check((c, a) -> c.map(f, positive.apply(c, a)), s);
            check((c, a) -> c.mapGradient(f, positive.apply(c, a), a.get(1)), s, s);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Activation.class, mode = EnumSource.Mode.EXCLUDE, names = {"SQRT", "RECIPROCAL", "EXP", "LOG"})
    void functionsAreAccurateFarOutAndFinite(Activation f) {
        double[] x = {-100, -88, -40, -10, -5, -1e-3, -1e-10, 0, 1e-10, 1e-3, 5, 10, 40, 88, 100, 1e4, -1e4};
        for (boolean gradient : new boolean[] {false, true}) {
            Computation computation = (c, a) -> {
                Tensor at = c.dual(c.constant(shape(1, x.length), x), c.fill(shape(1, x.length), 1));
                return List.of(gradient ? c.mapGradient(f, at, c.fill(at.shape(), 1)) : c.map(f, at));
            };
            List<double[]> expected = evaluate(new JavaCompute(DType.FLOAT64), computation, new Shape[0], 0);
            List<double[]> actual = evaluate(new FloatCompute(workers, arena, new OneDnn(), false), computation,
                    new Shape[0], 0);
            for (int r = 0; r < expected.size(); r++) {
                for (int i = 0; i < x.length; i++) {
                    double e = expected.get(r)[i];
                    assertEquals(e, actual.get(r)[i], 4e-6 * Math.max(1, Math.abs(e)), f + " at " + x[i] + ", result " + r);
                }
            }
        }
    }

    @Test
    void rootHasNoSlopeAtZero() {
        checkAll((c, a) -> {
            Tensor at = c.dual(c.constant(shape(1, 3), 0, 0, 4), c.fill(shape(1, 3), 1));
            return List.of(c.map(Activation.SQRT, at), c.mapGradient(Activation.SQRT, at, c.fill(shape(1, 3), 1)));
        });
    }

    @Test
    void selection() {
        for (int n : new int[] {1, 5, 64, 200}) {
            check((c, a) -> c.gatherRows(a.get(0), 3, -1, 0, 3, 5), shape(6, n));
            check((c, a) -> c.scatterRows(a.get(0), 4, 3, -1, 0, 3, 3, 1), shape(6, n));
            int[] rows = IntStream.range(0, 700).map(i -> i * 7 % 50 - 1).toArray();
            check((c, a) -> c.scatterRows(a.get(0), 50, rows), shape(700, n));
            check((c, a) -> c.gatherRows(a.get(0), rows), shape(50, n));
            check((c, a) -> c.concatenateColumns(a.get(0), a.get(1), a.get(2)), shape(9, n), shape(9, 3), shape(9, 17));
        }
        check((c, a) -> c.columns(a.get(0), 3, 20), shape(300, 90));
        check((c, a) -> c.columns(a.get(0), 3, 0), shape(3, 9));
        check((c, a) -> c.dropoutMask(new long[] {1, -5, 1L << 60}, 100, 0.9));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,40,30", "40,1,30", "5,7,3", "33,65,17", "128,130,140", "700,1,600", "7,900,400", "13,13,13",
            "300,70,500", "20,600,260", "1,1030,67", "8,2001,130", "5,777,203"})
    void products(int m, int n, int k) {
        check((c, a) -> c.matmul(a.get(0), false, a.get(1), false), shape(m, k), shape(k, n));
        check((c, a) -> c.matmul(a.get(0), true, a.get(1), false), shape(k, m), shape(k, n));
        check((c, a) -> c.matmul(a.get(0), false, a.get(1), true), shape(m, k), shape(n, k));
        check((c, a) -> c.matmul(a.get(0), true, a.get(1), true), shape(k, m), shape(n, k));
        check((c, a) -> c.linear(a.get(0), a.get(1), a.get(2)), shape(m, k), shape(k, n), shape(1, n));
        check((c, a) -> c.linear(a.get(0), a.get(1), null), shape(m, k), shape(k, n));
        check((c, a) -> c.addProduct(a.get(0), 0.5, a.get(1), a.get(2)), shape(m, n), shape(m, k), shape(n, k));
    }

    @ParameterizedTest
    @CsvSource({"1,3", "3,5", "40,128", "100,70", "65,768"})
    void norms(int m, int n) {
        check((c, a) -> c.layerNorm(a.get(0), a.get(1), a.get(2), 1e-5), shape(m, n), shape(1, n), shape(1, n));
        check((c, a) -> c.rmsNorm(a.get(0), a.get(1), 1e-5), shape(m, n), shape(1, n));
        checkAll((c, a) -> {
            NormGradients g = c.layerNormGradient(a.get(0), a.get(1), a.get(2), 1e-2);
            return List.of(g.input(), g.gain(), g.bias());
        }, shape(m, n), shape(1, n), shape(m, n));
        checkAll((c, a) -> {
            NormGradients g = c.rmsNormGradient(a.get(0), a.get(1), a.get(2), 1e-2);
            return List.of(g.input(), g.gain());
        }, shape(m, n), shape(1, n), shape(m, n));
    }

    @Test
    void rotation() {
        Heads heads = new Heads(4, 2, 6);
        int[] positions = IntStream.range(0, 40).map(i -> i * 3).toArray();
        for (boolean inverse : new boolean[] {false, true}) {
            check((c, a) -> c.rotate(a.get(0), heads, positions, new double[] {1, 0.1, 0.01}, inverse),
                    shape(40, heads.packedColumns()));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "4,4,8", "4,2,16", "6,2,5"})
    void attention(int queries, int keyValues, int size) {
        Heads heads = new Heads(queries, keyValues, size);
        Segments segments = new Segments(1, 5, 64, 70, 1, 150);
        Shape packed = shape(segments.rows(), heads.packedColumns());
        check((c, a) -> c.attention(a.get(0), new AttentionSpec(heads), segments), packed);
        check((c, a) -> c.attentionGradient(a.get(0), a.get(1), new AttentionSpec(heads), segments), packed,
                shape(segments.rows(), heads.queryColumns()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 70})
    void cachedAttention(int rows) {
        Heads heads = new Heads(4, 2, 16);
        int capacity = 150;
        checkAll((c, a) -> {
            Tensor keys = c.primal(a.get(1));
            Tensor values = c.primal(a.get(2));
            Tensor packed = c.primal(a.get(0));
            Segments segments = new Segments(rows, 2);
            AttentionSpec spec = new AttentionSpec(heads);
            int[] starts = {capacity, 0};
            Tensor first = c.cachedAttention(packed, spec, segments, keys, values, starts, new int[] {0, 7});
            Tensor second = c.cachedAttention(packed, spec, segments, keys, values, starts, new int[] {rows, 9});
            return List.of(first, second, keys, values);
        }, shape(rows + 2, heads.packedColumns()), shape(2 * capacity, heads.keyValueColumns()),
                shape(2 * capacity, heads.keyValueColumns()));
    }

    @ParameterizedTest
    @CsvSource({"1,3,2", "9,50,16", "40,700,33"})
    void tokenLoss(int m, int vocabulary, int d) {
        int[] targets = IntStream.range(0, m).map(i -> i % 4 == 2 ? -1 : i * 31 % vocabulary).toArray();
        for (boolean gradient : new boolean[] {false, true}) {
            checkAll((c, a) -> {
                TokenLoss t = c.tokenLoss(a.get(0), a.get(1), targets, gradient);
                return gradient ? List.of(t.loss(), t.gradient()) : List.of(t.loss());
            }, shape(m, d), shape(vocabulary, d));
        }
        check((c, a) -> c.headGradient(a.get(0), a.get(1), targets, a.get(2)), shape(m, d), shape(vocabulary, d),
                shape(m, 1));
    }

    @Test
    void tokenLossWithoutAnyTarget() {
        int[] none = {-1, -1, -1};
        checkAll((c, a) -> {
            TokenLoss t = c.tokenLoss(a.get(0), a.get(1), none, true);
            return List.of(t.loss(), t.gradient(), c.headGradient(a.get(0), a.get(1), none, t.loss()));
        }, shape(3, 4), shape(5, 4));
    }

    @Test
    void accumulate() {
        check((c, a) -> {
            Tensor sum = c.dual(a.get(0), a.get(0));
            c.accumulate(sum, -0.5, a.get(1));
            return sum;
        }, shape(40, 30), shape(40, 30));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSameBitForBitWithAnyNumberOfThreads(boolean bfloat16) {
        assumeTrue(!bfloat16 || OneDnnBfloat16.mayRun());
        Heads heads = new Heads(4, 4, 32);
        Segments segments = new Segments(100, 150, 6);
        int m = segments.rows();
        Shape[] shapes = {shape(m, 128), shape(128, 384), shape(m, 128), shape(500, 128), shape(1, 128), shape(3, 300),
            shape(300, 1400), shape(1400, 300)};
        int[] targets = IntStream.range(0, m).toArray();
        Computation block = (c, a) -> {
            Tensor normal = c.layerNorm(a.get(0), a.get(4), a.get(4), 1e-5);
            Tensor packed = c.matmul(normal, a.get(1));
            Tensor attended = c.attention(packed, new AttentionSpec(heads), segments);
            TokenLoss loss = c.tokenLoss(c.map(Activation.GELU_TANH, attended), a.get(3), targets, true);
            Tensor back = c.attentionGradient(packed, loss.gradient(), new AttentionSpec(heads), segments);
            NormGradients norm = c.layerNormGradient(a.get(0), a.get(4), c.matmul(back, false, a.get(1), true), 1e-5);
            Tensor few = c.matmul(a.get(5), a.get(6));
            Tensor fewByRows = c.matmul(a.get(5), false, a.get(7), true);
            return List.of(few, fewByRows, loss.loss(), back, norm.input(), norm.gain(), norm.bias(), c.dot(back, back),
                    c.sumRows(back));
        };
        List<double[]> reference = evaluate(new FloatCompute(workers, arena, new OneDnn(), bfloat16), block, shapes, 5);
        try (Workers one = new Workers(1); Workers five = new Workers(5)) {
            for (Workers other : List.of(one, five)) {
                List<double[]> results = evaluate(new FloatCompute(other, arena, new OneDnn(), bfloat16), block, shapes, 5);
                for (int i = 0; i < reference.size(); i++) {
                    assertArrayEquals(reference.get(i), results.get(i), 0, "result " + i);
                }
            }
        }
    }
}
