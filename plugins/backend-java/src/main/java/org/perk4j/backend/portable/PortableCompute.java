package org.perk4j.backend.portable;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
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
 * Every operation in plain Java, in double arithmetic on the heap: the oracle for all other backends, and what they fall
 * back to. For {@link DType#FLOAT32} each result is rounded to float. Clear rather than fast.
 */
public final class PortableCompute implements Compute {

    private final DType dtype;
    private final Products products;
    private final Lifetimes lifetimes;

    /** @param dtype what results are rounded to */
    public PortableCompute(DType dtype) {
        this(dtype, Products.LOOPS);
    }

    /** @param products multiplies matrices */
    public PortableCompute(DType dtype, Products products) {
        this.dtype = dtype;
        this.products = products;
        this.lifetimes = new Lifetimes(dtype.bytes());
    }

    // ---- making and checking tensors

    private Matrix result(Shape shape, boolean tangent) {
        int size = Math.toIntExact(shape.size());
        return new Matrix(this, shape, new double[size], tangent ? new double[size] : null);
    }

    private Matrix done(Matrix result) {
        if (dtype == DType.FLOAT32) {
            round(result.value());
            if (result.hasTangent()) {
                round(result.tangent());
            }
        }
        return lifetimes.own(result);
    }

    private static void round(double[] elements) {
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) elements[i];
        }
    }

    private Matrix elementwise(Shape shape, IntToDoubleFunction value, IntToDoubleFunction tangent) {
        Matrix result = result(shape, tangent != null);
        Arrays.setAll(result.value(), value);
        if (tangent != null) {
            Arrays.setAll(result.tangent(), tangent);
        }
        return done(result);
    }

    private Matrix mine(Tensor tensor) {
        if (tensor instanceof Matrix matrix && matrix.owner() == this) {
            matrix.value();
            return matrix;
        }
        throw new IllegalArgumentException("a tensor of another computation: " + tensor);
    }

    private static void require(boolean fits, String operation, Object... shapes) {
        if (!fits) {
            throw new IllegalArgumentException(operation + " of " + Arrays.toString(shapes));
        }
    }

    private static void requireSame(String operation, Tensor a, Tensor b) {
        require(a.shape().equals(b.shape()), operation, a.shape(), b.shape());
    }

    private static boolean anyTangent(Tensor... tensors) {
        return Arrays.stream(tensors).anyMatch(t -> t != null && t.hasTangent());
    }

    private static double at(double[] tangent, int i) {
        return tangent == null ? 0 : tangent[i];
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        require(shape.size() == elements.length, "constant", shape, elements.length + " elements");
        return elementwise(shape, i -> elements[i], null);
    }

    @Override
    public Tensor fill(Shape shape, double value) {
        return elementwise(shape, i -> value, null);
    }

    @Override
    public Tensor combine(double alpha, Tensor a, double beta, Tensor b) {
        requireSame("combine", a, b);
        Matrix x = mine(a);
        Matrix y = mine(b);
        return elementwise(a.shape(), i -> alpha * x.value()[i] + beta * y.value()[i], anyTangent(a, b)
                ? i -> alpha * at(x.tangent(), i) + beta * at(y.tangent(), i) : null);
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        Matrix x = mine(a);
        return elementwise(a.shape(), i -> scale * x.value()[i] + shift,
                a.hasTangent() ? i -> scale * x.tangent()[i] : null);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        requireSame("multiply", a, b);
        Matrix x = mine(a);
        Matrix y = mine(b);
        return elementwise(a.shape(), i -> x.value()[i] * y.value()[i], anyTangent(a, b)
                ? i -> at(x.tangent(), i) * y.value()[i] + x.value()[i] * at(y.tangent(), i) : null);
    }

    @Override
    public Tensor map(Function f, Tensor x) {
        Matrix m = mine(x);
        return elementwise(x.shape(), i -> Functions.derivative(f, 0, m.value()[i]),
                x.hasTangent() ? i -> Functions.derivative(f, 1, m.value()[i]) * m.tangent()[i] : null);
    }

    @Override
    public Tensor mapGradient(Function f, Tensor x, Tensor gradient) {
        requireSame("mapGradient", x, gradient);
        Matrix m = mine(x);
        Matrix g = mine(gradient);
        return elementwise(x.shape(), i -> Functions.derivative(f, 1, m.value()[i]) * g.value()[i],
                anyTangent(x, gradient) ? i -> Functions.derivative(f, 2, m.value()[i]) * at(m.tangent(), i) * g.value()[i]
                        + Functions.derivative(f, 1, m.value()[i]) * at(g.tangent(), i) : null);
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        require(s.shape().equals(Shape.SCALAR), "multiplyScalar", a.shape(), s.shape());
        Matrix x = mine(a);
        Dual factor = mine(s).at(0, 0);
        return elementwise(a.shape(), i -> x.value()[i] * factor.v(), anyTangent(a, s)
                ? i -> at(x.tangent(), i) * factor.v() + x.value()[i] * factor.t() : null);
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        require(column.shape().equals(new Shape(a.rows(), 1)), "scaleRows", a.shape(), column.shape());
        Matrix x = mine(a);
        Matrix c = mine(column);
        Matrix result = result(a.shape(), anyTangent(a, column));
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < a.columns(); j++) {
                result.set(i, j, x.at(i, j).times(c.at(i, 0)));
            }
        }
        return done(result);
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        requireSame("rowDots", a, b);
        Matrix result = result(new Shape(a.rows(), 1), anyTangent(a, b));
        for (int i = 0; i < a.rows(); i++) {
            result.set(i, 0, CausalAttention.inner(mine(a).row(i), mine(b).row(i)));
        }
        return done(result);
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        requireSame("dot", a, b);
        Dual sum = Dual.ZERO;
        for (int i = 0; i < a.rows(); i++) {
            sum = sum.plus(CausalAttention.inner(mine(a).row(i), mine(b).row(i)));
        }
        Matrix result = result(Shape.SCALAR, anyTangent(a, b));
        result.set(0, 0, sum);
        return done(result);
    }

    @Override
    public Tensor sumRows(Tensor a) {
        return scatterRows(a, 1, new int[a.rows()]);
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        require(row.rows() == 1 && count >= 0, "repeatRow", row.shape(), count);
        return gatherRows(row, new int[count]);
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        Matrix from = mine(table);
        Matrix result = result(new Shape(rows.length, table.columns()), table.hasTangent());
        for (int i = 0; i < rows.length; i++) {
            requireIndex(rows[i], table.rows());
            if (rows[i] >= 0) {
                int n = table.columns();
                System.arraycopy(from.value(), rows[i] * n, result.value(), i * n, n);
                if (table.hasTangent()) {
                    System.arraycopy(from.tangent(), rows[i] * n, result.tangent(), i * n, n);
                }
            }
        }
        return done(result);
    }

    private static void requireIndex(int index, int count) {
        if (index < -1 || index >= count) {
            throw new IllegalArgumentException("row " + index + " of " + count);
        }
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        require(rows.length == a.rows(), "scatterRows", a.shape(), rows.length + " indices");
        Matrix x = mine(a);
        Matrix result = result(new Shape(count, a.columns()), a.hasTangent());
        for (int i = 0; i < rows.length; i++) {
            requireIndex(rows[i], count);
            for (int j = 0; rows[i] >= 0 && j < a.columns(); j++) {
                result.add(rows[i], j, x.at(i, j));
            }
        }
        return done(result);
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        require(from >= 0 && count >= 0 && from + count <= a.columns(), "columns", a.shape(), from, count);
        Matrix x = mine(a);
        Matrix result = result(new Shape(a.rows(), count), a.hasTangent());
        copyColumns(x, from, result, 0, count);
        return done(result);
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        require(parts.length > 0, "concatenateColumns", "nothing");
        int columns = Arrays.stream(parts).mapToInt(Tensor::columns).sum();
        Matrix result = result(new Shape(parts[0].rows(), columns), anyTangent(parts));
        int at = 0;
        for (Tensor part : parts) {
            require(part.rows() == result.rows(), "concatenateColumns", result.shape(), part.shape());
            copyColumns(mine(part), 0, result, at, part.columns());
            at += part.columns();
        }
        return done(result);
    }

    private static void copyColumns(Matrix source, int from, Matrix target, int to, int count) {
        for (int i = 0; i < source.rows(); i++) {
            for (int j = 0; j < count; j++) {
                target.set(i, to + j, source.at(i, from + j));
            }
        }
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        require(keep > 0 && keep <= 1, "dropoutMask", keep);
        return elementwise(new Shape(rowKeys.length, columns), i -> {
            long z = rowKeys[i / columns] + (i % columns + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            return (z >>> 11) * 0x1p-53 < keep ? 1 / keep : 0;
        }, null);
    }

    // ---- linear algebra

    @Override
    public Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape left = transposeA ? a.shape().transposed() : a.shape();
        Shape right = transposeB ? b.shape().transposed() : b.shape();
        require(left.columns() == right.rows(), "matmul", left, right);
        Matrix result = result(new Shape(left.rows(), right.columns()), anyTangent(a, b));
        addProduct(result, 1, mine(a), transposeA, mine(b), transposeB, left.columns());
        return done(result);
    }

    private void addProduct(Matrix c, double alpha, Matrix a, boolean transposeA, Matrix b, boolean transposeB, int k) {
        products.addProduct(c.value(), alpha, a.value(), transposeA, b.value(), transposeB, c.rows(), c.columns(), k);
        if (a.hasTangent()) {
            products.addProduct(c.tangent(), alpha, a.tangent(), transposeA, b.value(), transposeB, c.rows(), c.columns(), k);
        }
        if (b.hasTangent()) {
            products.addProduct(c.tangent(), alpha, a.value(), transposeA, b.tangent(), transposeB, c.rows(), c.columns(), k);
        }
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        require(x.columns() == weight.rows() && (bias == null || bias.shape().equals(new Shape(1, weight.columns()))),
                "linear", x.shape(), weight.shape(), bias == null ? "no bias" : bias.shape());
        Matrix result = result(new Shape(x.rows(), weight.columns()), anyTangent(x, weight, bias));
        addProduct(result, 1, mine(x), false, mine(weight), false, x.columns());
        for (int i = 0; bias != null && i < x.rows(); i++) {
            for (int j = 0; j < weight.columns(); j++) {
                result.add(i, j, mine(bias).at(0, j));
            }
        }
        return done(result);
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        require(c.rows() == a.rows() && c.columns() == b.rows() && a.columns() == b.columns(), "addProduct",
                c.shape(), a.shape(), b.shape());
        Matrix result = result(c.shape(), anyTangent(c, a, b));
        copyColumns(mine(c), 0, result, 0, c.columns());
        addProduct(result, alpha, mine(a), false, mine(b), true, a.columns());
        return done(result);
    }

    // ---- fused layers of a transformer

    @Override
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon) {
        requireRow("layerNorm", x, gain);
        requireRow("layerNorm", x, bias);
        return norm(mine(x), mine(gain), mine(bias), epsilon);
    }

    @Override
    public Tensor rmsNorm(Tensor x, Tensor gain, double epsilon) {
        requireRow("rmsNorm", x, gain);
        return norm(mine(x), mine(gain), null, epsilon);
    }

    private static void requireRow(String operation, Tensor x, Tensor row) {
        require(row.shape().equals(new Shape(1, x.columns())), operation, x.shape(), row.shape());
    }

    /** A layer norm, or an RMS norm if there is no bias. */
    private Tensor norm(Matrix x, Matrix gain, Matrix bias, double epsilon) {
        Matrix result = result(x.shape(), anyTangent(x, gain, bias));
        for (int i = 0; i < x.rows(); i++) {
            Dual[] row = Norms.normalize(x.row(i), bias != null, epsilon).row();
            for (int j = 0; j < row.length; j++) {
                Dual y = row[j].times(gain.at(0, j));
                result.set(i, j, bias == null ? y : y.plus(bias.at(0, j)));
            }
        }
        return done(result);
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
        requireRow(operation, x, gain);
        requireSame(operation, x, gradient);
        boolean tangent = anyTangent(x, gain, gradient);
        Matrix byInput = result(x.shape(), tangent);
        Matrix byGain = result(gain.shape(), tangent);
        Matrix byBias = result(gain.shape(), tangent);
        Dual[] gains = mine(gain).row(0);
        for (int i = 0; i < x.rows(); i++) {
            Norms.Normalized normalized = Norms.normalize(mine(x).row(i), centred, epsilon);
            Dual[] g = mine(gradient).row(i);
            Dual[] dx = Norms.inputGradient(normalized, gains, g, centred);
            for (int j = 0; j < dx.length; j++) {
                byInput.set(i, j, dx[j]);
                byGain.add(0, j, g[j].times(normalized.row()[j]));
                byBias.add(0, j, g[j]);
            }
        }
        return new NormGradients(done(byInput), done(byGain), centred ? done(byBias) : null);
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        int half = heads.size() / 2;
        require(packed.columns() == heads.packedColumns() && positions.length == packed.rows()
                && frequencies.length == half && heads.size() % 2 == 0, "rotate", packed.shape(), heads);
        Matrix x = mine(packed);
        Matrix result = result(packed.shape(), packed.hasTangent());
        copyColumns(x, 0, result, 0, packed.columns());
        for (int i = 0; i < packed.rows(); i++) {
            for (int head = 0; head < heads.queries() + heads.keyValues(); head++) {
                for (int j = 0; j < half; j++) {
                    double angle = positions[i] * frequencies[j] * (inverse ? -1 : 1);
                    Dual first = x.at(i, head * heads.size() + j);
                    Dual second = x.at(i, head * heads.size() + half + j);
                    double cos = Math.cos(angle);
                    double sin = Math.sin(angle);
                    result.set(i, head * heads.size() + j, first.times(cos).minus(second.times(sin)));
                    result.set(i, head * heads.size() + half + j, second.times(cos).plus(first.times(sin)));
                }
            }
        }
        return done(result);
    }

    @Override
    public Tensor attention(Tensor packed, Heads heads, Segments segments) {
        requirePacked("attention", packed, heads, segments);
        Matrix result = result(new Shape(packed.rows(), heads.queryColumns()), packed.hasTangent());
        int first = 0;
        for (int length : segments.lengths()) {
            CausalAttention.forward(mine(packed), result, heads, first, length);
            first += length;
        }
        return done(result);
    }

    private static void requirePacked(String operation, Tensor packed, Heads heads, Segments segments) {
        require(packed.columns() == heads.packedColumns() && packed.rows() == segments.rows(), operation,
                packed.shape(), heads, segments);
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, Heads heads, Segments segments) {
        requirePacked("attentionGradient", packed, heads, segments);
        require(gradient.shape().equals(new Shape(packed.rows(), heads.queryColumns())), "attentionGradient",
                packed.shape(), gradient.shape());
        Matrix result = result(packed.shape(), anyTangent(packed, gradient));
        int first = 0;
        for (int length : segments.lengths()) {
            CausalAttention.backward(mine(packed), mine(gradient), result, heads, first, length);
            first += length;
        }
        return done(result);
    }

    @Override
    public Tensor cachedAttention(Tensor packed, Heads heads, Segments segments, Tensor keys, Tensor values, int[] past) {
        requirePacked("cachedAttention", packed, heads, segments);
        if (anyTangent(packed, keys, values)) {
            throw new UnsupportedOperationException("cached attention is for decoding and carries no tangents");
        }
        int capacity = keys.rows() / segments.count();
        Shape cache = new Shape(segments.count() * capacity, heads.keyValueColumns());
        require(keys.shape().equals(cache) && values.shape().equals(cache) && past.length == segments.count(),
                "cachedAttention", keys.shape(), values.shape(), heads, segments);
        Matrix in = mine(packed);
        Matrix result = result(new Shape(packed.rows(), heads.queryColumns()), false);
        int row = 0;
        for (int s = 0; s < segments.count(); s++) {
            int length = segments.lengths()[s];
            require(past[s] >= 0 && past[s] + length <= capacity, "cachedAttention past the cache's capacity", capacity,
                    past[s], length);
            copyRows(in, row, heads.queryColumns(), mine(keys), s * capacity + past[s], length);
            copyRows(in, row, heads.queryColumns() + heads.keyValueColumns(), mine(values), s * capacity + past[s], length);
            for (int i = 0; i < length; i++, row++) {
                attendCached(in, row, heads, mine(keys), mine(values), s * capacity, past[s] + i + 1, result);
            }
        }
        return done(result);
    }

    private static void copyRows(Matrix source, int row, int column, Matrix target, int targetRow, int count) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(source.value(), (row + i) * source.columns() + column, target.value(),
                    (targetRow + i) * target.columns(), target.columns());
        }
    }

    private static void attendCached(Matrix packed, int row, Heads heads, Matrix keys, Matrix values, int first, int count,
                                     Matrix result) {
        for (int head = 0; head < heads.queries(); head++) {
            int column = CausalAttention.keyColumn(heads, head) - heads.queryColumns();
            Dual[] p = CausalAttention.probabilities(packed.row(row, head * heads.size(), heads.size()),
                    k -> keys.row(first + k, column, heads.size()), count);
            Dual[] out = CausalAttention.output(p, k -> values.row(first + k, column, heads.size()), heads.size());
            for (int j = 0; j < out.length; j++) {
                result.set(row, head * heads.size() + j, out[j]);
            }
        }
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, boolean slope) {
        requireHead("tokenLoss", hidden, head, targets);
        boolean tangent = anyTangent(hidden, head);
        Matrix losses = result(new Shape(hidden.rows(), 1), tangent);
        Matrix slopes = slope ? result(hidden.shape(), tangent) : null;
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] >= 0) {
                Dual[] p = probabilities(mine(hidden).row(i), mine(head));
                losses.set(i, 0, surprise(mine(hidden).row(i), mine(head), targets[i]));
                p[targets[i]] = p[targets[i]].minus(Dual.ONE);
                for (int v = 0; slope && v < p.length; v++) {
                    Dual[] row = mine(head).row(v);
                    for (int j = 0; j < row.length; j++) {
                        slopes.add(i, j, p[v].times(row[j]));
                    }
                }
            }
        }
        return new TokenLoss(done(losses), slope ? done(slopes) : null);
    }

    private static void requireHead(String operation, Tensor hidden, Tensor head, int[] targets) {
        require(hidden.columns() == head.columns() && targets.length == hidden.rows(), operation, hidden.shape(),
                head.shape(), targets.length + " targets");
        for (int target : targets) {
            requireIndex(target, head.rows());
        }
    }

    private static Dual[] logits(Dual[] hidden, Matrix head) {
        Dual[] logits = new Dual[head.rows()];
        for (int v = 0; v < logits.length; v++) {
            logits[v] = CausalAttention.inner(hidden, head.row(v));
        }
        return logits;
    }

    private static double max(Dual[] logits) {
        return Arrays.stream(logits).mapToDouble(Dual::v).max().orElseThrow();
    }

    private static Dual[] probabilities(Dual[] hidden, Matrix head) {
        Dual[] p = logits(hidden, head);
        Dual max = Dual.constant(max(p));
        Dual sum = Dual.ZERO;
        for (int v = 0; v < p.length; v++) {
            p[v] = p[v].minus(max).exp();
            sum = sum.plus(p[v]);
        }
        for (int v = 0; v < p.length; v++) {
            p[v] = p[v].over(sum);
        }
        return p;
    }

    private static Dual surprise(Dual[] hidden, Matrix head, int target) {
        Dual[] logits = logits(hidden, head);
        Dual max = Dual.constant(max(logits));
        Dual sum = Dual.ZERO;
        for (Dual logit : logits) {
            sum = sum.plus(logit.minus(max).exp());
        }
        return sum.log().plus(max).minus(logits[target]);
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        requireHead("headGradient", hidden, head, targets);
        require(gradient.shape().equals(new Shape(hidden.rows(), 1)), "headGradient", hidden.shape(), gradient.shape());
        Matrix result = result(head.shape(), anyTangent(hidden, head, gradient));
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] >= 0) {
                Dual[] h = mine(hidden).row(i);
                Dual[] p = probabilities(h, mine(head));
                p[targets[i]] = p[targets[i]].minus(Dual.ONE);
                for (int v = 0; v < p.length; v++) {
                    Dual weight = p[v].times(mine(gradient).at(i, 0));
                    for (int j = 0; j < h.length; j++) {
                        result.add(v, j, weight.times(h[j]));
                    }
                }
            }
        }
        return done(result);
    }

    // ---- tangents, host memory, lifetime

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public Tensor dual(Tensor primal, Tensor tangent) {
        requireSame("dual", primal, tangent);
        Matrix value = mine(primal);
        Matrix direction = mine(tangent);
        return elementwise(primal.shape(), i -> value.value()[i], i -> direction.value()[i]);
    }

    @Override
    public Tensor primal(Tensor dual) {
        Matrix x = mine(dual);
        return elementwise(dual.shape(), i -> x.value()[i], null);
    }

    @Override
    public Tensor tangent(Tensor dual) {
        Matrix x = mine(dual);
        return elementwise(dual.shape(), i -> at(x.tangent(), i), null);
    }

    @Override
    public void accumulate(Tensor sum, double alpha, Tensor term) {
        requireSame("accumulate", sum, term);
        require(sum.hasTangent() || !term.hasTangent(), "accumulate a tangent into none", sum.shape());
        Matrix into = mine(sum);
        Matrix x = mine(term);
        for (int i = 0; i < into.value().length; i++) {
            into.value()[i] += alpha * x.value()[i];
            if (x.hasTangent()) {
                into.tangent()[i] += alpha * x.tangent()[i];
            }
        }
        if (dtype == DType.FLOAT32) {
            round(into.value());
            if (into.hasTangent()) {
                round(into.tangent());
            }
        }
    }

    @Override
    public Tensor upload(Shape shape, FloatBuffer elements) {
        require(elements.remaining() >= shape.size(), "upload", shape, elements.remaining() + " elements");
        return elementwise(shape, i -> elements.get(), null);
    }

    @Override
    public double[] download(Tensor tensor) {
        return mine(tensor).value().clone();
    }

    @Override
    public void download(Tensor tensor, FloatBuffer target) {
        require(target.remaining() >= tensor.shape().size(), "download", tensor.shape(), "room for " + target.remaining());
        for (double element : mine(tensor).value()) {
            target.put((float) element);
        }
    }

    @Override
    public Scope scope() {
        return lifetimes.open();
    }

    @Override
    public Tensor scoped(Supplier<Tensor> body) {
        try (Scope scope = scope()) {
            return scope.keep(body.get());
        }
    }

    @Override
    public void free(Tensor tensor) {
        if (tensor instanceof Matrix matrix && matrix.owner() == this) {
            lifetimes.free(matrix);
        } else {
            throw new IllegalArgumentException("a tensor of another computation: " + tensor);
        }
    }

    @Override
    public MemoryUsage memory() {
        return lifetimes.usage();
    }

    @Override
    public void close() {
        lifetimes.closeAll();
    }
}
