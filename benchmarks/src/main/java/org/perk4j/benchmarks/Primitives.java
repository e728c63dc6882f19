package org.perk4j.benchmarks;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.backend.nd4j.Nd4jBackend;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Each fused primitive of the backend {@code nd4j} alone, on float32; pytorch_primitives.py has the same by the same names.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Primitives {

    private static final double EPSILON = 1e-5;

    /** The hidden layer of a transformer's block is wider than its input by this. */
    private static final int WIDER = 4;

    /** Tokens that are read at once. */
    @Param("1024")
    public int rows;

    /** Tokens of a segment. */
    @Param("256")
    public int segment;

    /** Attention heads. */
    @Param("12")
    public int heads;

    /** Columns of a head. */
    @Param("64")
    public int size;

    /** Tokens that there are. */
    @Param("8192")
    public int vocabulary;

    private final Random random = new Random(1);
    private Compute compute;
    private Heads layout;
    private Segments segments;
    private int[] positions;
    private int[] targets;
    private double[] frequencies;
    private Tensor hidden;
    private Tensor gradient;
    private Tensor gain;
    private Tensor bias;
    private Tensor wide;
    private Tensor wideGradient;
    private Tensor wideBias;
    private Tensor weight;
    private Tensor packed;
    private Tensor dualPacked;
    private Tensor dualGradient;
    private Tensor head;

    /** Draws all operands. */
    @Setup
    public void open() {
        compute = new Nd4jBackend().open(DType.FLOAT32);
        int columns = heads * size;
        layout = new Heads(heads, heads, size);
        int[] lengths = new int[rows / segment];
        Arrays.fill(lengths, segment);
        segments = new Segments(lengths);
        positions = segments.positions();
        targets = random.ints(rows, 0, vocabulary).toArray();
        frequencies = IntStream.range(0, size / 2).mapToDouble(i -> Math.pow(10_000, -2.0 * i / size)).toArray();
        hidden = drawn(rows, columns);
        gradient = drawn(rows, columns);
        gain = drawn(1, columns);
        bias = drawn(1, columns);
        wide = drawn(rows, WIDER * columns);
        wideGradient = drawn(rows, WIDER * columns);
        wideBias = drawn(1, WIDER * columns);
        weight = drawn(columns, WIDER * columns);
        packed = drawn(rows, layout.packedColumns());
        dualPacked = compute.dual(packed, drawn(rows, layout.packedColumns()));
        dualGradient = compute.dual(gradient, drawn(rows, columns));
        head = drawn(vocabulary, columns);
    }

    /** Frees them. */
    @TearDown
    public void close() {
        compute.close();
    }

    private Tensor drawn(int rows, int columns) {
        Shape shape = new Shape(rows, columns);
        FloatBuffer elements = FloatBuffer.allocate(rows * columns);
        while (elements.hasRemaining()) {
            elements.put((float) random.nextGaussian());
        }
        return compute.upload(shape, elements.flip());
    }

    /** A step of training computes and frees, so that memory is reused: so does this. */
    private Object freed(Supplier<Object> primitive) {
        try (Scope scope = compute.scope()) {
            return primitive.get();
        }
    }

    @Benchmark
    public Object layerNorm() {
        return freed(() -> compute.layerNorm(hidden, gain, bias, EPSILON));
    }

    @Benchmark
    public Object layerNormGradient() {
        return freed(() -> compute.layerNormGradient(hidden, gain, gradient, EPSILON));
    }

    @Benchmark
    public Object rmsNorm() {
        return freed(() -> compute.rmsNorm(hidden, gain, EPSILON));
    }

    @Benchmark
    public Object rmsNormGradient() {
        return freed(() -> compute.rmsNormGradient(hidden, gain, gradient, EPSILON));
    }

    @Benchmark
    public Object gelu() {
        return freed(() -> compute.map(Activation.GELU_TANH, wide));
    }

    @Benchmark
    public Object geluGradient() {
        return freed(() -> compute.mapGradient(Activation.GELU_TANH, wide, wideGradient));
    }

    @Benchmark
    public Object attention() {
        return freed(() -> compute.attention(packed, new AttentionSpec(layout), segments));
    }

    @Benchmark
    public Object attentionTangent() {
        return freed(() -> compute.attention(dualPacked, new AttentionSpec(layout), segments));
    }

    @Benchmark
    public Object attentionGradient() {
        return freed(() -> compute.attentionGradient(packed, gradient, new AttentionSpec(layout), segments));
    }

    @Benchmark
    public Object attentionGradientTangent() {
        return freed(() -> compute.attentionGradient(dualPacked, dualGradient, new AttentionSpec(layout), segments));
    }

    @Benchmark
    public Object tokenLoss() {
        return freed(() -> compute.tokenLoss(hidden, head, targets, true));
    }

    @Benchmark
    public Object linear() {
        return freed(() -> compute.linear(hidden, weight, wideBias));
    }

    @Benchmark
    public Object matmul() {
        return freed(() -> compute.matmul(wide, false, weight, true));
    }

    @Benchmark
    public Object rotate() {
        return freed(() -> compute.rotate(packed, layout, positions, frequencies, false));
    }
}
