package org.perk4j.backend.nd4j;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import org.perk4j.backend.Compute;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Function;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Single precision on the CPU. Checks arguments and makes results; kernels do the work. To be loaded only where the JDK's
 * Vector API is.
 */
final class FloatCompute implements Compute {

    private final Memory memory;
    private final Elementwise elementwise;
    private final Selection selection;
    private final Products products;
    private final Norms norms;
    private final Rotation rotation;
    private final Attention attention;
    private final TokenLosses tokenLosses;

    FloatCompute(Workers workers, Arena arena, MatrixProduct product) {
        memory = new Memory(arena);
        Gemm gemm = new Gemm(workers, product);
        elementwise = new Elementwise(workers, memory);
        selection = new Selection(workers);
        products = new Products(workers, gemm);
        norms = new Norms(workers, memory);
        rotation = new Rotation(workers, memory);
        attention = new Attention(workers, memory, gemm);
        tokenLosses = new TokenLosses(workers, memory, gemm);
    }

    // ---- checks

    private FloatTensor mine(Tensor tensor) {
        if (tensor instanceof FloatTensor mine && mine.owner() == memory) {
            mine.block();
            return mine;
        }
        throw new IllegalArgumentException("a tensor of another computation: " + tensor);
    }

    private FloatTensor mineOrNull(Tensor tensor) {
        return tensor == null ? null : mine(tensor);
    }

    private static IllegalArgumentException unfit(String operation, Object... arguments) {
        return new IllegalArgumentException(operation + " of " + Arrays.toString(arguments));
    }

    private static void requireSame(String operation, Tensor a, Tensor b) {
        if (a.rows() != b.rows() || a.columns() != b.columns()) {
            throw unfit(operation, a.shape(), b.shape());
        }
    }

    private static void requireShape(String operation, Tensor a, int rows, int columns) {
        if (a.rows() != rows || a.columns() != columns) {
            throw unfit(operation, a.shape(), "where " + rows + "×" + columns + " is needed");
        }
    }

    private static void requireIndices(int[] indices, int count) {
        for (int index : indices) {
            if (index < -1 || index >= count) {
                throw new IllegalArgumentException("row " + index + " of " + count);
            }
        }
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        if (shape.size() != elements.length) {
            throw unfit("constant", shape, elements.length + " elements");
        }
        FloatTensor r = memory.tensor(shape, false);
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
        requireSame("combine", a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent() || y.hasTangent());
        elementwise.combine(r, (float) alpha, x, (float) beta, y);
        return r;
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent());
        elementwise.affine(r, x, (float) scale, (float) shift);
        return r;
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        requireSame("multiply", a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent() || y.hasTangent());
        elementwise.multiply(r, x, y);
        return r;
    }

    @Override
    public Tensor map(Function f, Tensor x) {
        FloatTensor a = mine(x);
        FloatTensor r = memory.tensor(a.shape(), a.hasTangent());
        elementwise.map(r, f, a);
        return r;
    }

    @Override
    public Tensor mapGradient(Function f, Tensor x, Tensor gradient) {
        requireSame("mapGradient", x, gradient);
        FloatTensor a = mine(x);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(a.shape(), a.hasTangent() || g.hasTangent());
        elementwise.mapGradient(r, f, a, g);
        return r;
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        requireShape("multiplyScalar", s, 1, 1);
        FloatTensor x = mine(a);
        FloatTensor factor = mine(s);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent() || factor.hasTangent());
        elementwise.multiplyScalar(r, x, factor);
        return r;
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        requireShape("scaleRows", column, a.rows(), 1);
        FloatTensor x = mine(a);
        FloatTensor factors = mine(column);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent() || factors.hasTangent());
        selection.scaleRows(r, x, factors);
        return r;
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        requireSame("rowDots", a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(new Shape(x.rows(), 1), x.hasTangent() || y.hasTangent());
        selection.rowDots(r, x, y);
        return r;
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        requireSame("dot", a, b);
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor r = memory.tensor(Shape.SCALAR, x.hasTangent() || y.hasTangent());
        selection.dot(r, x, y);
        return r;
    }

    @Override
    public Tensor sumRows(Tensor a) {
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(new Shape(1, x.columns()), x.hasTangent());
        selection.sumRows(r, x);
        return r;
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        requireShape("repeatRow", row, 1, row.columns());
        if (count < 0) {
            throw unfit("repeatRow", row.shape(), count);
        }
        FloatTensor x = mine(row);
        FloatTensor r = memory.tensor(new Shape(count, x.columns()), x.hasTangent());
        products.repeat(r, x);
        return r;
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        requireIndices(rows, table.rows());
        FloatTensor x = mine(table);
        FloatTensor r = memory.tensor(new Shape(rows.length, x.columns()), x.hasTangent());
        selection.gather(r, x, rows);
        return r;
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        if (rows.length != a.rows()) {
            throw unfit("scatterRows", a.shape(), rows.length + " indices");
        }
        requireIndices(rows, count);
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(new Shape(count, x.columns()), x.hasTangent());
        selection.scatter(r, x, rows);
        return r;
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        if (from < 0 || count < 0 || count > a.columns() - from) {
            throw unfit("columns", a.shape(), from, count);
        }
        FloatTensor x = mine(a);
        FloatTensor r = memory.tensor(new Shape(x.rows(), count), x.hasTangent());
        selection.copyColumns(r, 0, x, from, count);
        return r;
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        int columns = 0;
        boolean tangent = false;
        for (Tensor part : parts) {
            requireShape("concatenateColumns", mine(part), parts[0].rows(), part.columns());
            columns += part.columns();
            tangent |= part.hasTangent();
        }
        if (parts.length == 0) {
            throw unfit("concatenateColumns");
        }
        FloatTensor r = memory.tensor(new Shape(parts[0].rows(), columns), tangent);
        int at = 0;
        for (Tensor part : parts) {
            selection.copyColumns(r, at, mine(part), 0, part.columns());
            at += part.columns();
        }
        return r;
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        if (!(keep > 0 && keep <= 1)) {
            throw unfit("dropoutMask", keep);
        }
        FloatTensor r = memory.tensor(new Shape(rowKeys.length, columns), false);
        selection.dropoutMask(r, rowKeys, keep);
        return r;
    }

    // ---- linear algebra

    @Override
    public Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        int rows = transposeA ? x.columns() : x.rows();
        int columns = transposeB ? y.rows() : y.columns();
        if ((transposeA ? x.rows() : x.columns()) != (transposeB ? y.columns() : y.rows())) {
            throw unfit("matmul", x.shape() + (transposeA ? "ᵀ" : ""), y.shape() + (transposeB ? "ᵀ" : ""));
        }
        FloatTensor r = memory.tensor(new Shape(rows, columns), x.hasTangent() || y.hasTangent());
        products.multiply(r, 0, 1, x, transposeA, y, transposeB);
        return r;
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        requireShape("linear", weight, x.columns(), weight.columns());
        FloatTensor input = mine(x);
        FloatTensor w = mine(weight);
        FloatTensor b = mineOrNull(bias);
        boolean tangent = input.hasTangent() || w.hasTangent() || b != null && b.hasTangent();
        if (b != null) {
            requireShape("linear", b, 1, w.columns());
        }
        FloatTensor r = memory.tensor(new Shape(input.rows(), w.columns()), tangent);
        if (b != null) {
            products.repeat(r, b);
        }
        products.multiply(r, b == null ? 0 : 1, 1, input, false, w, false);
        return r;
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        requireShape("addProduct", c, a.rows(), b.rows());
        requireShape("addProduct", b, b.rows(), a.columns());
        FloatTensor x = mine(a);
        FloatTensor y = mine(b);
        FloatTensor sum = mine(c);
        FloatTensor r = memory.tensor(sum.shape(), sum.hasTangent() || x.hasTangent() || y.hasTangent());
        selection.copyColumns(r, 0, sum, 0, sum.columns());
        products.multiply(r, 1, (float) alpha, x, false, y, true);
        return r;
    }

    // ---- fused layers of a transformer

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon) {
        requireShape("layerNorm", gain, 1, x.columns());
        requireShape("layerNorm", bias, 1, x.columns());
        FloatTensor input = mine(x);
        FloatTensor g = mine(gain);
        FloatTensor b = mine(bias);
        FloatTensor r = memory.tensor(input.shape(), input.hasTangent() || g.hasTangent() || b.hasTangent());
        norms.forward(r, input, g, b, true, epsilon);
        return r;
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, double epsilon) {
        requireShape("rmsNorm", gain, 1, x.columns());
        FloatTensor input = mine(x);
        FloatTensor g = mine(gain);
        FloatTensor r = memory.tensor(input.shape(), input.hasTangent() || g.hasTangent());
        norms.forward(r, input, g, null, false, epsilon);
        return r;
    }

    @Override
    public NormGradients layerNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normGradient("layerNormGradient", x, gain, gradient, true, epsilon);
    }

    @Override
    public NormGradients rmsNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normGradient("rmsNormGradient", x, gain, gradient, false, epsilon);
    }

    private NormGradients normGradient(String operation, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                       double epsilon) {
        requireShape(operation, gain, 1, x.columns());
        requireSame(operation, x, gradient);
        FloatTensor input = mine(x);
        FloatTensor gains = mine(gain);
        FloatTensor g = mine(gradient);
        boolean tangent = input.hasTangent() || gains.hasTangent() || g.hasTangent();
        FloatTensor byInput = memory.tensor(input.shape(), tangent);
        FloatTensor byGain = memory.tensor(gains.shape(), tangent);
        FloatTensor byBias = centred ? memory.tensor(gains.shape(), tangent) : null;
        norms.gradient(byInput, byGain, byBias, input, gains, g, centred, epsilon);
        return new NormGradients(byInput, byGain, byBias);
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        if (packed.columns() != heads.packedColumns() || positions.length != packed.rows()
                || 2 * frequencies.length != heads.size()) {
            throw unfit("rotate", packed.shape(), heads, positions.length + " positions",
                    frequencies.length + " frequencies");
        }
        FloatTensor x = mine(packed);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent());
        rotation.rotate(r, x, heads, positions, frequencies, inverse);
        return r;
    }

    @Override
    public Tensor attention(Tensor packed, Heads heads, Segments segments) {
        requireShape("attention", packed, segments.rows(), heads.packedColumns());
        FloatTensor x = mine(packed);
        FloatTensor r = memory.tensor(new Shape(x.rows(), heads.queryColumns()), x.hasTangent());
        attention.forward(r, x, heads, segments);
        return r;
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, Heads heads, Segments segments) {
        requireShape("attentionGradient", packed, segments.rows(), heads.packedColumns());
        requireShape("attentionGradient", gradient, packed.rows(), heads.queryColumns());
        FloatTensor x = mine(packed);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(x.shape(), x.hasTangent() || g.hasTangent());
        attention.gradient(r, x, g, heads, segments);
        return r;
    }

    @Override
    public Tensor cachedAttention(Tensor packed, Heads heads, Segments segments, Tensor keys, Tensor values, int[] past) {
        requireShape("cachedAttention", packed, segments.rows(), heads.packedColumns());
        FloatTensor x = mine(packed);
        FloatTensor keyCache = mine(keys);
        FloatTensor valueCache = mine(values);
        if (x.hasTangent() || keyCache.hasTangent() || valueCache.hasTangent()) {
            throw new UnsupportedOperationException("cached attention is for decoding and carries no tangents");
        }
        int sequences = segments.count();
        int capacity = sequences == 0 ? 0 : keys.rows() / sequences;
        requireShape("cachedAttention", keys, sequences * capacity, heads.keyValueColumns());
        requireSame("cachedAttention", keys, values);
        if (past.length != sequences) {
            throw unfit("cachedAttention", segments, past.length + " past lengths");
        }
        for (int s = 0; s < sequences; s++) {
            if (past[s] < 0 || past[s] > capacity - segments.lengths()[s]) {
                throw new IllegalArgumentException("sequence " + s + " has " + past[s] + " rows in the cache and "
                        + segments.lengths()[s] + " new ones, but the cache has room for " + capacity);
            }
        }
        FloatTensor r = memory.tensor(new Shape(x.rows(), heads.queryColumns()), false);
        attention.cached(r, x, heads, segments, keyCache, valueCache, capacity, past);
        return r;
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, boolean slope) {
        requireHead("tokenLoss", hidden, head, targets);
        FloatTensor h = mine(hidden);
        FloatTensor w = mine(head);
        boolean tangent = h.hasTangent() || w.hasTangent();
        FloatTensor loss = memory.tensor(new Shape(h.rows(), 1), tangent);
        FloatTensor slopes = slope ? memory.tensor(h.shape(), tangent) : null;
        tokenLosses.loss(loss, slopes, h, w, targets);
        return new TokenLoss(loss, slopes);
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        requireHead("headGradient", hidden, head, targets);
        requireShape("headGradient", gradient, hidden.rows(), 1);
        FloatTensor h = mine(hidden);
        FloatTensor w = mine(head);
        FloatTensor g = mine(gradient);
        FloatTensor r = memory.tensor(w.shape(), h.hasTangent() || w.hasTangent() || g.hasTangent());
        tokenLosses.headGradient(r, h, w, targets, g);
        return r;
    }

    private static void requireHead(String operation, Tensor hidden, Tensor head, int[] targets) {
        requireShape(operation, head, head.rows(), hidden.columns());
        if (targets.length != hidden.rows()) {
            throw unfit(operation, hidden.shape(), targets.length + " targets");
        }
        requireIndices(targets, head.rows());
    }

    // ---- tangents and host memory

    @Override
    public DType dtype() {
        return DType.FLOAT32;
    }

    @Override
    public Tensor upload(Shape shape, FloatBuffer elements) {
        if (elements.remaining() < shape.size()) {
            throw unfit("upload", shape, elements.remaining() + " elements");
        }
        FloatTensor r = memory.tensor(shape, false);
        r.floats().put(0, elements, elements.position(), r.size());
        elements.position(elements.position() + r.size());
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
        return elements;
    }

    @Override
    public void download(Tensor tensor, FloatBuffer target) {
        FloatTensor x = mine(tensor);
        if (target.remaining() < x.size()) {
            throw unfit("download", x.shape(), "room for " + target.remaining() + " elements");
        }
        target.put(target.position(), x.floats(), 0, x.size());
        target.position(target.position() + x.size());
    }

    @Override
    public Tensor dual(Tensor primal, Tensor tangent) {
        requireSame("dual", primal, tangent);
        FloatTensor x = mine(primal);
        FloatTensor t = mine(tangent);
        FloatTensor r = memory.tensor(x.shape(), true);
        elementwise.copy(r, 0, x, 0, x.size());
        elementwise.copy(r, r.tangentAt(), t, 0, t.size());
        return r;
    }

    @Override
    public Tensor primal(Tensor dual) {
        FloatTensor x = mine(dual);
        FloatTensor r = memory.tensor(x.shape(), false);
        elementwise.copy(r, 0, x, 0, x.size());
        return r;
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
        return r;
    }

    @Override
    public void accumulate(Tensor sum, double alpha, Tensor term) {
        requireSame("accumulate", sum, term);
        FloatTensor total = mine(sum);
        FloatTensor x = mine(term);
        if (x.hasTangent() && !total.hasTangent()) {
            throw new IllegalArgumentException("a sum without tangent can't take a term that has one");
        }
        elementwise.accumulate(total, (float) alpha, x);
    }

    // ---- lifetime

    @Override
    public Scope scope() {
        return memory.open();
    }

    @Override
    public Tensor scoped(Supplier<Tensor> body) {
        try (Scope scope = scope()) {
            return scope.keep(body.get());
        }
    }

    @Override
    public void free(Tensor tensor) {
        if (tensor instanceof FloatTensor mine && mine.owner() == memory) {
            memory.free(mine);
        } else {
            throw new IllegalArgumentException("a tensor of another computation: " + tensor);
        }
    }

    @Override
    public MemoryUsage memory() {
        return memory.usage();
    }

    @Override
    public void close() {
        memory.close();
    }
}
