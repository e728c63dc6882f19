package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** What decoding asks for, a few rows at a time, on the emulation of CUDA: at sizes that need several blocks. */
class FewRowsTest {

    private static CudaDriver driver;
    private static Arena arena;
    private static CudaBackend backend;

    @BeforeAll
    static void start() throws Exception {
        EmulatedCuda.load();
        driver = new CudaDriver(0, EmulatedCuda::code);
        arena = new Arena(driver, bytes -> bytes);
        backend = new CudaBackend(driver, arena, new CudaSettings(Factors.FLOAT32, CudaSettings.LOGITS, 0));
    }

    @AfterAll
    static void stop() {
        if (backend != null) {
            arena.trim();
            driver.close();
        }
    }

    private static double[] drawn(int seed, int count) {
        return new SplittableRandom(seed).doubles(count, -1, 1).map(x -> (float) x).toArray();
    }

    private static Tensor drawn(Compute compute, int seed, int rows, int columns) {
        return compute.constant(new Shape(rows, columns), drawn(seed, rows * columns));
    }

    /** Rows, columns and the length of sums: of one block and of several, by one warp and by several. */
    static Stream<Arguments> products() {
        List<List<Integer>> sizes = List.of(List.of(1, 16, 4), List.of(8, 20, 772), List.of(9, 64, 128),
                List.of(3, 132, 1100), List.of(16, 4, 260), List.of(2, 4100, 12));
        return sizes.stream().flatMap(size -> Stream.of(DType.values()).flatMap(dtype -> Stream.of(false, true)
                .map(transposed -> Arguments.of(dtype, size.get(0), size.get(1), size.get(2), transposed))));
    }

    @ParameterizedTest
    @MethodSource("products")
    void products(DType dtype, int m, int n, int k, boolean transposed) {
        double[] x = drawn(1, m * k);
        double[] w = drawn(2, n * k);
        double[] bias = drawn(3, n);
        double[] sums = new double[m * n];
        for (int i = 0; i < m * n; i++) {
            for (int j = 0; j < k; j++) {
                sums[i] += x[i / n * k + j] * w[transposed ? i % n * k + j : j * n + i % n];
            }
        }
        double tolerance = dtype == DType.FLOAT64 ? 1e-12 : 1e-6 * k;
        try (Compute compute = backend.open(dtype)) {
            Tensor a = compute.constant(new Shape(m, k), x);
            Tensor b = compute.constant(transposed ? new Shape(n, k) : new Shape(k, n), w);
            assertArrayEquals(sums, compute.download(compute.matmul(a, false, b, transposed)), tolerance);
            if (transposed) {
                Tensor before = compute.constant(new Shape(m, n), drawn(4, m * n));
                double[] expected = drawn(4, m * n);
                for (int i = 0; i < m * n; i++) {
                    expected[i] += 0.5 * sums[i];
                }
                assertArrayEquals(expected, compute.download(compute.addProduct(before, 0.5, a, b)), tolerance);
                assertArrayEquals(expected, compute.download(compute.addProductTo(before, 0.5, a, b)), tolerance);
            } else {
                double[] expected = sums.clone();
                for (int i = 0; i < m * n; i++) {
                    expected[i] += bias[i % n];
                }
                assertArrayEquals(expected, compute.download(compute.linear(a, b, compute.constant(new Shape(1, n), bias))),
                        tolerance);
            }
        }
    }

    /** A row's result doesn't depend on the rows beside it, so that a sequence's doesn't on its batch. */
    @Test
    void eachRowByItself() {
        try (Compute compute = backend.open(DType.FLOAT32)) {
            Tensor x = drawn(compute, 1, 11, 260);
            for (boolean transposed : new boolean[] {false, true}) {
                Tensor w = transposed ? drawn(compute, 2, 36, 260) : drawn(compute, 2, 260, 36);
                double[] all = compute.download(compute.matmul(x, false, w, transposed));
                double[] last = compute.download(compute.matmul(compute.gatherRows(x, 10), false, w, transposed));
                for (int i = 0; i < 36; i++) {
                    assertEquals(all[360 + i], last[i]);
                }
            }
        }
    }

    /** Past what a block takes, parts of the caches are put together; one of a shorter sequence may be empty. */
    @ParameterizedTest
    @MethodSource("heads")
    void attentionToLongAndShortPasts(DType dtype, AttentionSpec spec) {
        Heads heads = spec.heads();
        int[] past = {600, 3, 255};
        int rows = 1 + past[0] + past[1] + past[2] + past.length;
        double[] keys = drawn(5, rows * heads.keyValueColumns());
        double[] values = drawn(6, rows * heads.keyValueColumns());
        double[] packed = drawn(7, past.length * heads.packedColumns());
        int[] starts = {1, 602, 606};
        try (Compute compute = backend.open(dtype)) {
            Tensor keyCache = compute.constant(new Shape(rows, heads.keyValueColumns()), keys);
            Tensor valueCache = compute.constant(new Shape(rows, heads.keyValueColumns()), values);
            Tensor queries = compute.constant(new Shape(past.length, heads.packedColumns()), packed);
            double[] actual = compute.download(compute.cachedAttention(queries, spec, new Segments(1, 1, 1), keyCache,
                    valueCache, starts, past));
            double[] seenKeys = compute.download(keyCache);
            double[] seenValues = compute.download(valueCache);
            for (int i = 0; i < actual.length; i++) {
                int sequence = i / heads.queryColumns();
                int head = i % heads.queryColumns() / heads.size();
                int shared = head / (heads.queries() / heads.keyValues()) * heads.size();
                double sum = 0;
                double mean = 0;
                for (int row = spec.hidden(past[sequence] + 1); row <= past[sequence]; row++) {
                    int at = (starts[sequence] + row) * heads.keyValueColumns() + shared;
                    double score = 0;
                    for (int j = 0; j < heads.size(); j++) {
                        score += packed[sequence * heads.packedColumns() + head * heads.size() + j] * seenKeys[at + j];
                    }
                    score *= spec.scale();
                    double weight = Math.exp(spec.isCapped() ? spec.softCap() * Math.tanh(score / spec.softCap()) : score);
                    sum += weight;
                    mean += weight * seenValues[at + i % heads.size()];
                }
                assertEquals(mean / sum, actual[i], dtype == DType.FLOAT64 ? 1e-12 : 1e-5);
            }
        }
    }

    static Stream<Arguments> heads() {
        return Stream.of(new AttentionSpec(new Heads(2, 2, 64)), new AttentionSpec(new Heads(4, 2, 20)).within(301),
                        new AttentionSpec(new Heads(2, 1, 256)).capped(1.1).scaled(0.2))
                .flatMap(spec -> Stream.of(DType.values()).map(dtype -> Arguments.of(dtype, spec)));
    }

    /** Rows that a block takes each are normalized as those that a warp takes. */
    @Test
    void longRows() {
        try (Compute compute = backend.open(DType.FLOAT64)) {
            int n = 300;
            double[] x = drawn(8, 3 * n);
            double[] gain = drawn(9, n);
            double[] bias = drawn(10, n);
            double[] actual = compute.download(compute.layerNorm(compute.constant(new Shape(3, n), x),
                    compute.constant(new Shape(1, n), gain), compute.constant(new Shape(1, n), bias), 1e-5));
            for (int row = 0; row < 3; row++) {
                double mean = 0;
                double square = 0;
                for (int j = 0; j < n; j++) {
                    mean += x[row * n + j] / n;
                }
                for (int j = 0; j < n; j++) {
                    square += (x[row * n + j] - mean) * (x[row * n + j] - mean) / n;
                }
                for (int j = 0; j < n; j++) {
                    assertEquals((x[row * n + j] - mean) / Math.sqrt(square + 1e-5) * gain[j] + bias[j], actual[row * n + j],
                            1e-12);
                }
            }
        }
    }
}
