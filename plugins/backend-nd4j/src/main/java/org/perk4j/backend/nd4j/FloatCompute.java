package org.perk4j.backend.nd4j;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.backend.BlockMatrix;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.compute.OwningCompute;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Shapes;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Single precision on the CPU. Checks arguments and creates results; kernels do the work. To be loaded only if the JDK's
 * Vector API is available.
 */
final class FloatCompute extends OwningCompute {

    /** The smallest number of elements of a matrix that is stored in bfloat16: smaller ones fit into the caches anyway. */
    private static final long WORTH_HALVING = 50_000;

    private final Memory memory;
    private final WideningGemm widening;
    private final RoundingGemm rounding;
    private final List<FloatTensor> widened = new ArrayList<>();
    private final Elementwise elementwise;
    private final Selection selection;
    private final Products products;
    private final Norms norms;
    private final Rotation rotation;
    private final Attention attention;
    private final TokenLosses tokenLosses;

    /**
     * @param bfloat16 whether to round the factors of large products to it; only where {@link OneDnnBfloat16} may run
     */
    FloatCompute(Workers workers, Arena arena, MatrixProduct product, boolean bfloat16) {
        memory = new Memory(arena, lifetimes);
        FloatGemm floats = new FloatGemm(workers, product);
        widening = new WideningGemm(workers, memory, floats);
        rounding = bfloat16 ? new RoundingGemm(workers, memory, widening) : null;
        Gemm gemm = bfloat16 ? rounding : widening;
        elementwise = new Elementwise(workers, memory);
        selection = new Selection(workers);
        products = new Products(workers, memory, gemm);
        norms = new Norms(workers, memory);
        rotation = new Rotation(workers, memory);
        attention = new Attention(workers, memory, floats);
        tokenLosses = new TokenLosses(workers, memory, gemm);
    }

    // ---- checks

    /** A tensor of any type, for operations that read all. */
    private CpuTensor held(Tensor tensor) {
        return (CpuTensor) lifetimes.require(tensor);
    }

    /** A tensor of floats; a narrow one is widened until the operation's {@link #result}. */
    private FloatTensor mine(Tensor tensor) {
        CpuTensor held = held(tensor);
        if (held instanceof FloatTensor floats) {
            return floats;
        }
        FloatTensor floats = memory.tensor(tensor.shape(), false);
        widening.widen(floats, held);
        widened.add(floats);
        return floats;
    }

    /** A tensor for operations that write into it. */
    private FloatTensor mineToChange(Tensor tensor) {
        if (held(tensor) instanceof FloatTensor floats) {
            return floats;
        }
        throw new IllegalArgumentException("can't write into a constant that is not in floats: " + tensor);
    }

    /** Ends an operation: frees the tensors that were widened for it. */
    private <T> T result(T result) {
        widened.forEach(lifetimes::free);
        widened.clear();
        return result;
    }

    private FloatTensor mineOrNull(Tensor tensor) {
        return tensor == null ? null : mine(tensor);
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        FloatTensor r = memory.tensor(Shapes.constant(shape, elements), false);
        for (int i = 0; i < elements.length; i++) {
            r.floats().put(i, (float) elements[i]);
        }
        return r;
    }

    @Override
    public Tensor fill(Shape shape, double value) {
        FloatTensor r = memory.tensor(shape, false);
        elementwise.fill(r, (float) value);
        return r;
    }

    @Override
    public Tensor combine(double alpha, Tensor a, double beta, Tensor b) {
        Shape shape = Shapes.combine(a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        elementwise.combine(r, (float) alpha, x, (float) beta, y);
        return result(r);
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent());
        elementwise.affine(r, x, (float) scale, (float) shift);
        return result(r);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Shape shape = Shapes.multiply(a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        elementwise.multiply(r, x, y);
        return result(r);
    }

    @Override
    public Tensor map(Activation f, Tensor x) {
        FloatTensor a = mine(x);
        FloatTensor r = memory.tensor(a.shape(), a.hasTangent());
        elementwise.map(r, f, a);
        return result(r);
    }

    @Override
    public Tensor mapGradient(Activation f, Tensor x, Tensor gradient) {
        Shape shape = Shapes.mapGradient(x, gradient);
        FloatTensor a = mine(x);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(shape, a.hasTangent() || g.hasTangent());
        elementwise.mapGradient(r, f, a, g);
        return result(r);
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        Shape shape = Shapes.multiplyScalar(a, s);
        FloatTensor x = mine(a);
        FloatTensor factor = mine(s);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || factor.hasTangent());
        elementwise.multiplyScalar(r, x, factor);
        return result(r);
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        Shape shape = Shapes.scaleRows(a, column);
        FloatTensor x = mine(a);
        FloatTensor factors = mine(column);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || factors.hasTangent());
        selection.scaleRows(r, x, factors);
        return result(r);
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        Shape shape = Shapes.rowDots(a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        selection.rowDots(r, x, y);
        return result(r);
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        Shape shape = Shapes.dot(a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        selection.dot(r, x, y);
        return result(r);
    }

    @Override
    public Tensor sumRows(Tensor a) {
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(Shapes.sumRows(x), x.hasTangent());
        selection.sumRows(r, x);
        return result(r);
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        Shape shape = Shapes.repeatRow(row, count);
        FloatTensor x = mine(row);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        products.repeat(r, x);
        return result(r);
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        Shape shape = Shapes.gatherRows(table, rows);
        CpuTensor x = held(table);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        selection.gather(r, x, rows);
        return result(r);
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        Shape shape = Shapes.scatterRows(a, count, rows);
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        selection.scatter(r, x, rows);
        return result(r);
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        Shape shape = Shapes.columns(a, from, count);
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        selection.copyColumns(r, 0, x, from, count);
        return result(r);
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        Shape shape = Shapes.concatenateColumns(parts);
        boolean tangent = false;
        for (Tensor part : parts) {
            tangent |= held(part).hasTangent();
        }
        FloatTensor r = memory.tensor(shape, tangent);
        int at = 0;
        for (Tensor part : parts) {
            selection.copyColumns(r, at, mine(part), 0, part.columns());
            at += part.columns();
        }
        return result(r);
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        FloatTensor r = memory.tensor(Shapes.dropoutMask(rowKeys, columns, keep), false);
        selection.dropoutMask(r, rowKeys, keep);
        return r;
    }

    // ---- many tensors as one row

    @Override
    public Tensor join(Tensor... parts) {
        Shape shape = Shapes.join(parts);
        boolean tangent = false;
        for (Tensor part : parts) {
            tangent |= held(part).hasTangent();
        }
        FloatTensor r = memory.tensor(shape, tangent);
        int at = 0;
        for (Tensor part : parts) {
            FloatTensor x = mine(part);
            elementwise.copy(r, at, x, 0, x.size());
            if (x.hasTangent()) {
                elementwise.copy(r, r.tangentAt() + at, x, x.tangentAt(), x.size());
            } else if (tangent) {
                Rows.fill(r.bytes(), r.tangentAt() + at, x.size(), 0);
            }
            at += x.size();
        }
        return result(r);
    }

    /**
     * Parts of a tensor without tangent share its memory. Those of one with a tangent are copied, each followed by its
     * tangent.
     */
    @Override
    public List<Tensor> split(Tensor whole, List<Shape> shapes) {
        Shapes.split(whole, shapes);
        boolean tangent = whole.hasTangent();
        boolean copied = tangent || !(held(whole) instanceof FloatTensor);
        FloatTensor x = mine(whole);
        FloatTensor base = copied ? memory.tensor(new Shape(1, x.stackedSize()), false) : x;
        List<Tensor> parts = new ArrayList<>();
        int at = 0;
        for (Shape shape : shapes) {
            int size = (int) shape.size();
            FloatTensor part = memory.part(base, tangent ? 2 * at : at, shape, tangent);
            if (copied) {
                elementwise.copy(part, 0, x, at, size);
            }
            if (tangent) {
                elementwise.copy(part, part.tangentAt(), x, x.tangentAt() + at, size);
            }
            parts.add(part);
            at += size;
        }
        if (copied) {
            lifetimes.free(base);
        }
        return result(parts);
    }

    @Override
    public Tensor scaleParts(Tensor whole, Tensor column, int... sizes) {
        Shape shape = Shapes.scaleParts(whole, column, sizes);
        FloatTensor x = mine(whole);
        FloatTensor factors = mine(column);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || factors.hasTangent());
        selection.scaleParts(r, x, factors, sizes);
        return result(r);
    }

    @Override
    public Tensor partDots(Tensor a, Tensor b, int... sizes) {
        Shape shape = Shapes.partDots(a, b, sizes);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        selection.partDots(r, x, y, sizes);
        return result(r);
    }

    // ---- linear algebra

    @Override
    public Tensor scaledMatmul(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape shape = Shapes.matmul(a, transposeA, b, transposeB);
        FloatTensor x = mine(a);
        CpuTensor y = transposeA ? mine(b) : held(b);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        multiply(r, 0, alpha, x, transposeA, y, transposeB);
        return result(r);
    }

    /** {@code r = β·r + α·op(a)·op(b)}; b is of floats if a is transposed */
    private void multiply(FloatTensor r, float beta, double alpha, FloatTensor a, boolean transposeA, CpuTensor b,
                          boolean transposeB) {
        if (transposeA) {
            products.multiply(r, beta, (float) alpha, a, true, (FloatTensor) b, transposeB);
        } else {
            products.multiply(r, beta, (float) alpha, a, b, transposeB);
        }
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        Shape shape = Shapes.linear(x, weight, bias);
        FloatTensor input = mine(x);
        CpuTensor w = held(weight);
        FloatTensor b = mineOrNull(bias);
        boolean tangent = input.hasTangent() || w.hasTangent() || b != null && b.hasTangent();
        FloatTensor r = memory.tensor(shape, tangent);
        if (b != null) {
            products.repeat(r, b);
        }
        products.multiply(r, b == null ? 0 : 1, 1, input, w, false);
        return result(r);
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        Shape shape = Shapes.addProduct(c, a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor sum = mine(c);
        FloatTensor r = memory.tensor(shape, sum.hasTangent() || x.hasTangent() || y.hasTangent());
        selection.copyColumns(r, 0, sum, 0, sum.columns());
        products.multiply(r, 1, (float) alpha, x, false, y, true);
        return result(r);
    }

    // ---- fused layers of a transformer

    @Override
    protected Tensor norm(Shape shape, Tensor x, Tensor gain, Tensor bias, double epsilon) {
        FloatTensor input = mine(x);
        FloatTensor g = mine(gain);
        FloatTensor b = mineOrNull(bias);
        FloatTensor r = memory.tensor(shape, input.hasTangent() || g.hasTangent() || b != null && b.hasTangent());
        norms.forward(r, input, g, b, epsilon);
        return result(r);
    }

    @Override
    protected NormGradients normGradient(Shape shape, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                         double epsilon) {
        FloatTensor input = mine(x);
        FloatTensor gains = mine(gain);
        FloatTensor g = mine(gradient);
        boolean tangent = input.hasTangent() || gains.hasTangent() || g.hasTangent();
        FloatTensor byInput = memory.tensor(shape, tangent);
        FloatTensor byGain = memory.tensor(gains.shape(), tangent);
        FloatTensor byBias = centred ? memory.tensor(gains.shape(), tangent) : null;
        norms.gradient(byInput, byGain, byBias, input, gains, g, centred, epsilon);
        return result(new NormGradients(byInput, byGain, byBias));
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        Shape shape = Shapes.rotate(packed, heads, positions, frequencies);
        FloatTensor x = mine(packed);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        rotation.rotate(r, x, heads, positions, frequencies, inverse);
        return result(r);
    }

    @Override
    public Tensor attention(Tensor packed, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attention(packed, spec, segments);
        FloatTensor x = mine(packed);
        FloatTensor r = memory.tensor(shape, x.hasTangent());
        attention.forward(r, x, spec, segments);
        return result(r);
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attentionGradient(packed, gradient, spec, segments);
        FloatTensor x = mine(packed);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(shape, x.hasTangent() || g.hasTangent());
        attention.gradient(r, x, g, spec, segments);
        return result(r);
    }

    @Override
    public Tensor cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values,
                                  int[] starts, int[] past) {
        Shape shape = Shapes.cachedAttention(packed, spec, segments, keys, values, starts, past);
        FloatTensor x = mine(packed);
        FloatTensor keyCache = mineToChange(keys);
        FloatTensor valueCache = mineToChange(values);
        FloatTensor r = memory.tensor(shape, false);
        attention.cached(r, x, spec, segments, keyCache, valueCache, starts, past);
        return result(r);
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets, boolean gradient) {
        Shape shape = Shapes.tokenLoss(hidden, head, softCap, targets);
        FloatTensor h = mine(hidden);
        CpuTensor w = held(head);
        boolean tangent = h.hasTangent() || w.hasTangent();
        FloatTensor loss = memory.tensor(shape, tangent);
        FloatTensor gradients = gradient ? memory.tensor(h.shape(), tangent) : null;
        tokenLosses.loss(loss, gradients, h, w, softCap, targets, false);
        return result(new TokenLoss(loss, gradients));
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient) {
        Shape shape = Shapes.headGradient(hidden, head, softCap, targets, gradient);
        FloatTensor h = mine(hidden);
        CpuTensor w = held(head);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(shape, h.hasTangent() || w.hasTangent() || g.hasTangent());
        tokenLosses.headGradient(r, h, w, softCap, targets, g);
        return result(r);
    }

    // ---- tangents and host memory

    @Override
    public DType dtype() {
        return DType.FLOAT32;
    }

    @Override
    public Tensor upload(Shape shape, FloatBuffer elements) {
        FloatTensor r = memory.tensor(Shapes.upload(shape, elements.remaining()), false);
        r.floats().put(0, elements, elements.position(), r.size());
        elements.position(elements.position() + r.size());
        return r;
    }

    @Override
    public Tensor uploadBfloat16(Shape shape, ShortBuffer elements) {
        Shapes.upload(shape, elements.remaining());
        if (shape.size() < WORTH_HALVING) {
            return super.uploadBfloat16(shape, elements);
        }
        Bfloat16Tensor r = memory.bfloat16(shape);
        r.fill(elements);
        return r;
    }

    @Override
    public Tensor uploadPacked(PackedMatrix matrix) {
        boolean isOfHalves = matrix instanceof BlockMatrix blocks && blocks.layout().equals(BlockLayout.BF16.name());
        if (!isOfHalves || matrix.transposed() || matrix.shape().size() < WORTH_HALVING) {
            return memory.packed(matrix);
        }
        Bfloat16Tensor r = memory.bfloat16(matrix.shape()); // multiplies some three times as fast
        r.fill((BlockMatrix) matrix);
        return r;
    }

    @Override
    public double[] download(Tensor tensor) {
        FloatTensor x = mine(tensor);
        FloatBuffer floats = x.floats();
        double[] elements = new double[x.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = floats.get(i);
        }
        return result(elements);
    }

    @Override
    public void download(Tensor tensor, FloatBuffer target) {
        Shapes.download(tensor, target.remaining());
        FloatTensor x = mine(tensor);
        target.put(target.position(), x.floats(), 0, x.size());
        target.position(target.position() + x.size());
        result(x);
    }

    @Override
    public Tensor dual(Tensor primal, Tensor tangent) {
        Shape shape = Shapes.dual(primal, tangent);
        FloatTensor x = mine(primal);
        FloatTensor t = mine(tangent);
        FloatTensor r = memory.tensor(shape, true);
        elementwise.copy(r, 0, x, 0, x.size());
        elementwise.copy(r, r.tangentAt(), t, 0, t.size());
        return result(r);
    }

    @Override
    public Tensor primal(Tensor dual) {
        FloatTensor x = mine(dual);
        FloatTensor r = memory.tensor(x.shape(), false);
        elementwise.copy(r, 0, x, 0, x.size());
        return result(r);
    }

    @Override
    public Tensor tangent(Tensor dual) {
        FloatTensor x = mine(dual);
        FloatTensor r = memory.tensor(x.shape(), false);
        if (x.hasTangent()) {
            elementwise.copy(r, 0, x, x.tangentAt(), x.size());
        } else {
            elementwise.fill(r, 0);
        }
        return result(r);
    }

    @Override
    public Tensor knownProduct(Tensor value, Tensor x, Tensor weight, boolean transposed) {
        Shape shape = Shapes.knownProduct(value, x, weight, transposed);
        FloatTensor known = mine(value);
        FloatTensor input = mine(x);
        CpuTensor w = held(weight);
        FloatTensor r = memory.tensor(shape, input.hasTangent());
        elementwise.copy(r, 0, known, 0, known.size());
        if (input.hasTangent()) {
            products.multiplyTangent(r, input, w, transposed);
        }
        return result(r);
    }

    @Override
    public TokenLoss knownTokenLoss(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        Shape shape = Shapes.knownTokenLoss(hidden, head, targets, gradient);
        FloatTensor h = mine(hidden);
        CpuTensor w = held(head);
        FloatTensor loss = memory.tensor(shape, h.hasTangent());
        FloatTensor gradients = memory.tensor(h.shape(), h.hasTangent());
        elementwise.copy(gradients, 0, mine(gradient), 0, gradients.size());
        tokenLosses.loss(loss, gradients, h, w, AttentionSpec.UNCAPPED, targets, true);
        return result(new TokenLoss(loss, gradients));
    }

    @Override
    public void accumulate(Tensor sum, double alpha, Tensor term) {
        Shapes.accumulate(sum, term);
        FloatTensor total = mineToChange(sum);
        FloatTensor x = mine(term);
        elementwise.accumulate(total, (float) alpha, x);
        result(total);
    }

    @Override
    public void accumulateProduct(Tensor sum, double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shapes.accumulateProduct(sum, a, transposeA, b, transposeB);
        FloatTensor total = mineToChange(sum);
        multiply(total, 1, alpha, mine(a), transposeA, transposeA ? mine(b) : held(b), transposeB);
        result(total);
    }

    @Override
    public void close() {
        if (rounding != null) {
            rounding.close();
        }
        memory.close();
    }
}
