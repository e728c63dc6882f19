package org.perk4j.compute;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.perk4j.backend.PackedMatrix;
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
 * Every operation in plain Java, in double arithmetic on the heap: the reference for all other backends, and their fallback.
 * For {@link DType#FLOAT32} each result is rounded to float. Written for clarity, not speed.
 */
public final class JavaCompute extends OwningCompute {

    private final DType dtype;
    private final DualProducts products;

    /** @param dtype the type to which results are rounded */
    public JavaCompute(DType dtype) {
        this(dtype, Products.LOOPS);
    }

    /**
     * @param dtype    the type to which results are rounded
     * @param products multiplies matrices
     */
    public JavaCompute(DType dtype, Products products) {
        this.dtype = dtype;
        this.products = new DualProducts(products);
    }

    // ---- creating and checking tensors

    private Matrix result(Shape shape, boolean tangent) {
        return lifetimes.own(new Matrix(lifetimes, shape, tangent, dtype.bytes()));
    }

    private Matrix done(Matrix result) {
        if (dtype == DType.FLOAT32) {
            round(result.elements().v());
            if (result.hasTangent()) {
                round(result.elements().t());
            }
        }
        return result;
    }

    private static void round(double[] elements) {
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) elements[i];
        }
    }

    /** @param tangent null for none */
    private Matrix elementwise(Shape shape, IntToDoubleFunction value, IntToDoubleFunction tangent) {
        Matrix result = result(shape, tangent != null);
        Arrays.setAll(result.elements().v(), value);
        if (tangent != null) {
            Arrays.setAll(result.elements().t(), tangent);
        }
        return done(result);
    }

    /** A tensor that can be written into. */
    private Matrix mine(Tensor tensor) {
        if (lifetimes.require(tensor) instanceof Matrix matrix) {
            return matrix;
        }
        throw new IllegalArgumentException("can't write into a constant that is packed: " + tensor.shape());
    }

    private Duals read(Tensor tensor) {
        if (factor(tensor) instanceof PackedFactor packed) {
            passing(tensor.shape().size());
            return packed.whole();
        }
        return mine(tensor).elements();
    }

    /** A tensor for products, which need not be widened as a whole. */
    private Factor factor(Tensor tensor) {
        if (lifetimes.require(tensor) instanceof PackedConstant constant) {
            passing(constant.factor().temporaries());
            return constant.factor();
        }
        return mine(tensor).elements();
    }

    private static boolean anyTangent(Tensor... tensors) {
        return Arrays.stream(tensors).anyMatch(t -> t != null && t.hasTangent());
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        return elementwise(Shapes.constant(shape, elements), i -> elements[i], null);
    }

    @Override
    public Tensor fill(Shape shape, double value) {
        return elementwise(shape, i -> value, null);
    }

    @Override
    public Tensor combine(double alpha, Tensor a, double beta, Tensor b) {
        Shape shape = Shapes.combine(a, b);
        Duals x = read(a);
        Duals y = read(b);
        return elementwise(shape, i -> alpha * x.v()[i] + beta * y.v()[i],
                anyTangent(a, b) ? i -> alpha * x.t(i) + beta * y.t(i) : null);
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        Duals x = read(a);
        return elementwise(a.shape(), i -> scale * x.v()[i] + shift, a.hasTangent() ? i -> scale * x.t(i) : null);
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Shape shape = Shapes.multiply(a, b);
        Duals x = read(a);
        Duals y = read(b);
        return elementwise(shape, i -> x.v()[i] * y.v()[i],
                anyTangent(a, b) ? i -> x.t(i) * y.v()[i] + x.v()[i] * y.t(i) : null);
    }

    @Override
    public Tensor map(Activation f, Tensor x) {
        Duals at = read(x);
        return elementwise(x.shape(), i -> Functions.derivative(f, 0, at.v()[i]),
                x.hasTangent() ? i -> Functions.derivative(f, 1, at.v()[i]) * at.t(i) : null);
    }

    @Override
    public Tensor mapGradient(Activation f, Tensor x, Tensor gradient) {
        Shape shape = Shapes.mapGradient(x, gradient);
        Duals at = read(x);
        Duals g = read(gradient);
        return elementwise(shape, i -> Functions.derivative(f, 1, at.v()[i]) * g.v()[i],
                anyTangent(x, gradient) ? i -> Functions.derivative(f, 2, at.v()[i]) * at.t(i) * g.v()[i]
                        + Functions.derivative(f, 1, at.v()[i]) * g.t(i) : null);
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        Shape shape = Shapes.multiplyScalar(a, s);
        Duals x = read(a);
        Dual factor = read(s).at(0, 0);
        return elementwise(shape, i -> x.v()[i] * factor.v(),
                anyTangent(a, s) ? i -> x.t(i) * factor.v() + x.v()[i] * factor.t() : null);
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        Shape shape = Shapes.scaleRows(a, column);
        Duals x = read(a);
        Duals factors = read(column);
        int n = a.columns();
        return elementwise(shape, i -> x.v()[i] * factors.v()[i / n],
                anyTangent(a, column) ? i -> x.t(i) * factors.v()[i / n] + x.v()[i] * factors.t(i / n) : null);
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        Shape shape = Shapes.rowDots(a, b);
        Duals x = read(a);
        Duals y = read(b);
        Matrix result = result(shape, anyTangent(a, b));
        for (int i = 0; i < a.rows(); i++) {
            result.elements().set(i, 0, x.inner(i, y, i));
        }
        return done(result);
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        Shape shape = Shapes.dot(a, b);
        Duals x = read(a);
        Duals y = read(b);
        Dual sum = Dual.ZERO;
        for (int i = 0; i < a.rows(); i++) {
            sum = sum.plus(x.inner(i, y, i));
        }
        Matrix result = result(shape, anyTangent(a, b));
        result.elements().set(0, 0, sum);
        return done(result);
    }

    @Override
    public Tensor sumRows(Tensor a) {
        return scatterRows(a, 1, new int[a.rows()]);
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        Shapes.repeatRow(row, count);
        return gatherRows(row, new int[count]);
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        Shape shape = Shapes.gatherRows(table, rows);
        Matrix result = result(shape, table.hasTangent());
        if (factor(table) instanceof PackedFactor packed) {
            result.elements().copyRow(0, 0, packed.gather(rows), 0, 0, (int) shape.size());
            return result;
        }
        Duals from = read(table);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] >= 0) {
                result.elements().copyRow(i, 0, from, rows[i], 0, table.columns());
            }
        }
        return done(result);
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        Shape shape = Shapes.scatterRows(a, count, rows);
        Duals x = read(a);
        Matrix result = result(shape, a.hasTangent());
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; rows[i] >= 0 && j < a.columns(); j++) {
                result.elements().add(rows[i], j, x.at(i, j));
            }
        }
        return done(result);
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        Shape shape = Shapes.columns(a, from, count);
        Duals x = read(a);
        Matrix result = result(shape, a.hasTangent());
        for (int i = 0; i < a.rows(); i++) {
            result.elements().copyRow(i, 0, x, i, from, count);
        }
        return done(result);
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        Shape shape = Shapes.concatenateColumns(parts);
        List<Duals> from = Arrays.stream(parts).map(this::read).toList();
        Matrix result = result(shape, anyTangent(parts));
        int at = 0;
        for (int part = 0; part < parts.length; part++) {
            int columns = parts[part].columns();
            for (int i = 0; i < shape.rows(); i++) {
                result.elements().copyRow(i, at, from.get(part), i, 0, columns);
            }
            at += columns;
        }
        return done(result);
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        return elementwise(Shapes.dropoutMask(rowKeys, columns, keep), i -> {
            long z = rowKeys[i / columns] + (i % columns + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            return (z >>> 11) * 0x1p-53 < keep ? 1 / keep : 0;
        }, null);
    }

    // ---- many tensors as one row

    @Override
    public Tensor join(Tensor... parts) {
        Shape shape = Shapes.join(parts);
        List<Duals> from = Arrays.stream(parts).map(this::read).toList();
        Matrix result = result(shape, anyTangent(parts));
        int at = 0;
        for (Duals part : from) {
            result.elements().copyRow(0, at, part, 0, 0, part.v().length);
            at += part.v().length;
        }
        return done(result);
    }

    @Override
    public List<Tensor> split(Tensor whole, List<Shape> shapes) {
        Shapes.split(whole, shapes);
        Duals x = read(whole);
        List<Tensor> parts = new ArrayList<>();
        int at = 0;
        for (Shape shape : shapes) {
            Matrix part = result(shape, whole.hasTangent());
            part.elements().copyRow(0, 0, x, 0, at, (int) shape.size());
            parts.add(part);
            at += (int) shape.size();
        }
        return parts;
    }

    @Override
    public Tensor scaleParts(Tensor whole, Tensor column, int... sizes) {
        Shape shape = Shapes.scaleParts(whole, column, sizes);
        Duals x = read(whole);
        Duals factors = read(column);
        Matrix result = result(shape, anyTangent(whole, column));
        int at = 0;
        for (int k = 0; k < sizes.length; k++) {
            Dual factor = factors.at(k, 0);
            for (int end = at + sizes[k]; at < end; at++) {
                result.elements().set(0, at, x.at(0, at).times(factor));
            }
        }
        return done(result);
    }

    @Override
    public Tensor partDots(Tensor a, Tensor b, int... sizes) {
        Shape shape = Shapes.partDots(a, b, sizes);
        Duals x = read(a);
        Duals y = read(b);
        Matrix result = result(shape, anyTangent(a, b));
        int at = 0;
        for (int k = 0; k < sizes.length; k++) {
            Dual sum = Dual.ZERO;
            for (int end = at + sizes[k]; at < end; at++) {
                sum = sum.plus(x.at(0, at).times(y.at(0, at)));
            }
            result.elements().set(k, 0, sum);
        }
        return done(result);
    }

    // ---- linear algebra

    @Override
    public Tensor scaledMatmul(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape shape = Shapes.matmul(a, transposeA, b, transposeB);
        Duals x = read(a);
        Factor y = transposeA ? read(b) : factor(b);
        Matrix result = result(shape, anyTangent(a, b));
        products.add(result.elements(), alpha, x, transposeA, y, transposeB);
        return done(result);
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        Shape shape = Shapes.linear(x, weight, bias);
        Duals rows = read(x);
        Factor factor = factor(weight);
        Duals start = bias == null ? null : read(bias);
        Matrix result = result(shape, anyTangent(x, weight, bias));
        for (int i = 0; bias != null && i < x.rows(); i++) {
            result.elements().copyRow(i, 0, start, 0, 0, weight.columns());
        }
        products.add(result.elements(), 1, rows, false, factor, false);
        return done(result);
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        Shape shape = Shapes.addProduct(c, a, b);
        Duals x = read(a);
        Duals y = read(b);
        Duals start = read(c);
        Matrix result = result(shape, anyTangent(c, a, b));
        for (int i = 0; i < c.rows(); i++) {
            result.elements().copyRow(i, 0, start, i, 0, c.columns());
        }
        products.add(result.elements(), alpha, x, false, y, true);
        return done(result);
    }

    // ---- fused layers of a transformer

    @Override
    protected Tensor norm(Shape shape, Tensor x, Tensor gain, Tensor bias, double epsilon) {
        Duals rows = read(x);
        Dual[] gains = read(gain).row(0);
        Duals shift = bias == null ? Duals.zeros(1, x.columns(), false) : read(bias);
        Matrix result = result(shape, anyTangent(x, gain, bias));
        for (int i = 0; i < x.rows(); i++) {
            Dual[] row = Norms.normalize(rows.row(i), bias != null, epsilon).row();
            for (int j = 0; j < row.length; j++) {
                result.elements().set(i, j, row[j].times(gains[j]).plus(shift.at(0, j)));
            }
        }
        return done(result);
    }

    @Override
    protected NormGradients normGradient(Shape shape, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                         double epsilon) {
        Duals rows = read(x);
        Duals gradients = read(gradient);
        Dual[] gains = read(gain).row(0);
        boolean tangent = anyTangent(x, gain, gradient);
        Matrix byInput = result(shape, tangent);
        Matrix byGain = result(gain.shape(), tangent);
        Matrix byBias = centred ? result(gain.shape(), tangent) : null;
        for (int i = 0; i < x.rows(); i++) {
            Norms.Normalized normalized = Norms.normalize(rows.row(i), centred, epsilon);
            Dual[] g = gradients.row(i);
            Dual[] dx = Norms.inputGradient(normalized, gains, g, centred);
            for (int j = 0; j < dx.length; j++) {
                byInput.elements().set(i, j, dx[j]);
                byGain.elements().add(0, j, g[j].times(normalized.row()[j]));
                if (centred) {
                    byBias.elements().add(0, j, g[j]);
                }
            }
        }
        return new NormGradients(done(byInput), done(byGain), centred ? done(byBias) : null);
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        Shape shape = Shapes.rotate(packed, heads, positions, frequencies);
        Duals x = read(packed);
        Matrix result = result(shape, packed.hasTangent());
        int half = heads.size() / 2;
        int rotated = heads.queryColumns() + heads.keyValueColumns();
        for (int i = 0; i < packed.rows(); i++) {
            result.elements().copyRow(i, rotated, x, i, rotated, heads.keyValueColumns());
            for (int j = 0; j < half; j++) {
                double angle = positions[i] * frequencies[j] * (inverse ? -1 : 1);
                double cos = Math.cos(angle);
                double sin = Math.sin(angle);
                for (int column = j; column < rotated; column += heads.size()) {
                    Dual first = x.at(i, column);
                    Dual second = x.at(i, column + half);
                    result.elements().set(i, column, first.times(cos).minus(second.times(sin)));
                    result.elements().set(i, column + half, second.times(cos).plus(first.times(sin)));
                }
            }
        }
        return done(result);
    }

    @Override
    public Tensor attention(Tensor packed, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attention(packed, spec, segments);
        Duals in = read(packed);
        Matrix result = result(shape, packed.hasTangent());
        CausalAttention attention = new CausalAttention(products, spec);
        int first = 0;
        for (int length : segments.lengths()) {
            attention.forward(in, result.elements(), first, length);
            passing(attention.temporaries(length, length, false), packed);
            first += length;
        }
        return done(result);
    }

    /** Counts the memory of temporary elements, which have tangents if an argument does. */
    private void passing(long elements, Tensor... arguments) {
        lifetimes.passing((anyTangent(arguments) ? 2 * elements : elements) * dtype.bytes());
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attentionGradient(packed, gradient, spec, segments);
        Duals in = read(packed);
        Duals g = read(gradient);
        Matrix result = result(shape, anyTangent(packed, gradient));
        CausalAttention attention = new CausalAttention(products, spec);
        int first = 0;
        for (int length : segments.lengths()) {
            attention.backward(in, g, result.elements(), first, length);
            passing(attention.temporaries(length, length, true), packed, gradient);
            first += length;
        }
        return done(result);
    }

    @Override
    public Tensor cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values,
                                  int[] starts, int[] past) {
        Shape shape = Shapes.cachedAttention(packed, spec, segments, keys, values, starts, past);
        Heads heads = spec.heads();
        Duals in = read(packed);
        Duals keyCache = mine(keys).elements();
        Duals valueCache = mine(values).elements();
        Matrix result = result(shape, false);
        CausalAttention attention = new CausalAttention(products, spec);
        int first = 0;
        for (int s = 0; s < segments.count(); s++) {
            int length = segments.lengths()[s];
            int start = starts[s];
            for (int i = 0; i < length; i++) {
                int column = heads.queryColumns();
                keyCache.copyRow(start + past[s] + i, 0, in, first + i, column, keys.columns());
                column += heads.keyValueColumns();
                valueCache.copyRow(start + past[s] + i, 0, in, first + i, column, values.columns());
            }
            attention.forward(in, result.elements(), first, length, keyCache, valueCache, start, past[s]);
            passing(attention.temporaries(length, past[s] + length, false));
            first += length;
        }
        return done(result);
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets, boolean gradient) {
        Shape shape = Shapes.tokenLoss(hidden, head, softCap, targets);
        TokenHead tokenHead = tokenHead(hidden, head, softCap, targets);
        boolean tangent = anyTangent(hidden, head);
        Matrix losses = result(shape, tangent);
        Matrix gradients = gradient ? result(hidden.shape(), tangent) : null;
        tokenHead.losses(losses.elements(), gradient ? gradients.elements() : null);
        passing(tokenHead.temporaries(), hidden, head);
        return new TokenLoss(done(losses), gradient ? done(gradients) : null);
    }

    private TokenHead tokenHead(Tensor hidden, Tensor head, double softCap, int[] targets) {
        return new TokenHead(products, read(hidden), factor(head), softCap, targets);
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient) {
        Shape shape = Shapes.headGradient(hidden, head, softCap, targets, gradient);
        TokenHead tokenHead = tokenHead(hidden, head, softCap, targets);
        Duals weights = read(gradient);
        Matrix result = result(shape, anyTangent(hidden, head, gradient));
        tokenHead.headGradient(weights, result.elements());
        passing(tokenHead.temporaries(), hidden, head, gradient);
        return done(result);
    }

    // ---- tangents, host memory, end

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public Tensor dual(Tensor primal, Tensor tangent) {
        Shape shape = Shapes.dual(primal, tangent);
        Duals value = read(primal);
        Duals direction = read(tangent);
        return elementwise(shape, i -> value.v()[i], i -> direction.v()[i]);
    }

    @Override
    public Tensor primal(Tensor dual) {
        Duals x = read(dual);
        return elementwise(dual.shape(), i -> x.v()[i], null);
    }

    @Override
    public Tensor tangent(Tensor dual) {
        Duals x = read(dual);
        return elementwise(dual.shape(), x::t, null);
    }

    @Override
    public void accumulate(Tensor sum, double alpha, Tensor term) {
        Shapes.accumulate(sum, term);
        Duals into = mine(sum).elements();
        Duals x = read(term);
        for (int i = 0; i < into.v().length; i++) {
            into.v()[i] += alpha * x.v()[i];
            if (into.hasTangent()) {
                into.t()[i] += alpha * x.t(i);
            }
        }
        done(mine(sum));
    }

    @Override
    public Tensor upload(Shape shape, FloatBuffer elements) {
        return elementwise(Shapes.upload(shape, elements.remaining()), i -> elements.get(), null);
    }

    @Override
    public Tensor uploadPacked(PackedMatrix matrix) {
        return lifetimes.own(new PackedConstant(lifetimes, matrix));
    }

    @Override
    public double[] download(Tensor tensor) {
        return read(tensor).v().clone();
    }

    @Override
    public void download(Tensor tensor, FloatBuffer target) {
        Shapes.download(tensor, target.remaining());
        for (double element : read(tensor).v()) {
            target.put((float) element);
        }
    }

    @Override
    public void close() {
        lifetimes.close();
    }
}
