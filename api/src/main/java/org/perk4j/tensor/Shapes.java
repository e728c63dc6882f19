package org.perk4j.tensor;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What {@link Ops} and {@link org.perk4j.backend.Compute} require of their arguments, and the shapes of their results: for
 * those who write a backend, so that all backends refuse the same. Each method is named after the operation that it is for,
 * takes of its arguments what matters, and returns the shape of the result; what {@link Ops} says of these arguments isn't
 * said again. Only shapes and numbers are looked at: that a tensor belongs to the computation is for the backend to see.
 *
 * <p>Everything here throws {@link IllegalArgumentException}, naming operation, arguments and what is required, if they
 * don't fit. Stateless.
 */
public final class Shapes {

    private Shapes() {
    }

    private static IllegalArgumentException unfit(String operation, String required, Object... arguments) {
        String given = Arrays.toString(arguments);
        return new IllegalArgumentException(operation + " of " + given.substring(1, given.length() - 1) + ": " + required);
    }

    private static Shape requireSame(String operation, Tensor a, Tensor b) {
        if (a.rows() != b.rows() || a.columns() != b.columns()) {
            throw unfit(operation, "both must have the same shape", a.shape(), b.shape());
        }
        return a.shape();
    }

    private static void requireShape(String operation, String name, Tensor a, int rows, int columns) {
        if (a.rows() != rows || a.columns() != columns) {
            throw unfit(operation, name + " must be " + rows + "×" + columns, a.shape());
        }
    }

    private static void requireCount(String operation, String things, int given, int needed) {
        if (given != needed) {
            throw unfit(operation, "there must be " + needed, given + " " + things);
        }
    }

    private static void requireIndices(String operation, int[] indices, int count) {
        for (int index : indices) {
            if (index < -1 || index >= count) {
                throw unfit(operation, "there are " + count + " rows, counted from 0", "row " + index);
            }
        }
    }

    // ---- constants and elementwise arithmetic

    /** For {@link Ops#constant}. */
    public static Shape constant(Shape shape, double[] elements) {
        if (shape.size() != elements.length) {
            throw unfit("constant", "there must be " + shape.size() + " elements", shape, elements.length + " elements");
        }
        return shape;
    }

    /** For {@link Ops#combine}. */
    public static Shape combine(Tensor a, Tensor b) {
        return requireSame("combine", a, b);
    }

    /** For {@link Ops#multiply}. */
    public static Shape multiply(Tensor a, Tensor b) {
        return requireSame("multiply", a, b);
    }

    /** For {@link Ops#mapGradient}. */
    public static Shape mapGradient(Tensor x, Tensor gradient) {
        return requireSame("mapGradient", x, gradient);
    }

    // ---- broadcasts and reductions

    /** For {@link Ops#multiplyScalar}. */
    public static Shape multiplyScalar(Tensor a, Tensor s) {
        requireShape("multiplyScalar", "the factor", s, 1, 1);
        return a.shape();
    }

    /** For {@link Ops#scaleRows}. */
    public static Shape scaleRows(Tensor a, Tensor column) {
        requireShape("scaleRows", "the column of factors", column, a.rows(), 1);
        return a.shape();
    }

    /** For {@link Ops#rowDots}. */
    public static Shape rowDots(Tensor a, Tensor b) {
        requireSame("rowDots", a, b);
        return new Shape(a.rows(), 1);
    }

    /** For {@link Ops#dot}. */
    public static Shape dot(Tensor a, Tensor b) {
        requireSame("dot", a, b);
        return Shape.SCALAR;
    }

    /** For {@link Ops#sumRows}. */
    public static Shape sumRows(Tensor a) {
        return new Shape(1, a.columns());
    }

    /** For {@link Ops#repeatRow}. */
    public static Shape repeatRow(Tensor row, int count) {
        requireShape("repeatRow", "the row", row, 1, row.columns());
        if (count < 0) {
            throw unfit("repeatRow", "it can't be repeated so many times", row.shape(), count);
        }
        return new Shape(count, row.columns());
    }

    // ---- selection

    /** For {@link Ops#gatherRows}. */
    public static Shape gatherRows(Tensor table, int[] rows) {
        requireIndices("gatherRows", rows, table.rows());
        return new Shape(rows.length, table.columns());
    }

    /** For {@link Ops#scatterRows}. */
    public static Shape scatterRows(Tensor a, int count, int[] rows) {
        requireCount("scatterRows", "indices", rows.length, a.rows());
        requireIndices("scatterRows", rows, count);
        return new Shape(count, a.columns());
    }

    /** For {@link Ops#columns}. */
    public static Shape columns(Tensor a, int from, int count) {
        if (from < 0 || count < 0 || count > a.columns() - from) {
            throw unfit("columns", "they must be columns of it", a.shape(), count + " from " + from + " on");
        }
        return new Shape(a.rows(), count);
    }

    /** For {@link Ops#concatenateColumns}. */
    public static Shape concatenateColumns(Tensor[] parts) {
        if (parts.length == 0) {
            throw unfit("concatenateColumns", "there must be one part at least", "nothing");
        }
        int columns = 0;
        for (Tensor part : parts) {
            requireShape("concatenateColumns", "this part", part, parts[0].rows(), part.columns());
            columns += part.columns();
        }
        return new Shape(parts[0].rows(), columns);
    }

    /** For {@link Ops#dropoutMask}. */
    public static Shape dropoutMask(long[] rowKeys, int columns, double keep) {
        if (!(keep > 0 && keep <= 1)) {
            throw unfit("dropoutMask", "the share that is kept must be above 0, and at most 1", keep);
        }
        return new Shape(rowKeys.length, columns);
    }

    // ---- many tensors as one row

    /** For {@link Ops#join}. */
    public static Shape join(Tensor[] parts) {
        long size = Arrays.stream(parts).mapToLong(part -> part.shape().size()).sum();
        if (parts.length == 0 || size > Integer.MAX_VALUE) {
            throw unfit("join", "there must be one part at least, and no more elements than a row can have",
                    parts.length + " parts", size + " elements");
        }
        return new Shape(1, (int) size);
    }

    /** For {@link Ops#split}; the results have these shapes. */
    public static List<Shape> split(Tensor whole, List<Shape> shapes) {
        long size = shapes.stream().mapToLong(Shape::size).sum();
        if (size != whole.shape().size()) {
            throw unfit("split", "the parts must have as many elements together", whole.shape(), size + " elements");
        }
        return shapes;
    }

    /** For {@link Ops#scaleParts}. */
    public static Shape scaleParts(Tensor whole, Tensor column, int[] sizes) {
        requireParts("scaleParts", whole, sizes);
        requireShape("scaleParts", "the column of factors", column, sizes.length, 1);
        return whole.shape();
    }

    /** For {@link Ops#partDots}. */
    public static Shape partDots(Tensor a, Tensor b, int[] sizes) {
        requireSame("partDots", a, b);
        requireParts("partDots", a, sizes);
        return new Shape(sizes.length, 1);
    }

    private static void requireParts(String operation, Tensor whole, int[] sizes) {
        long size = Arrays.stream(sizes).asLongStream().sum();
        if (size != whole.shape().size() || Arrays.stream(sizes).anyMatch(each -> each < 0)) {
            throw unfit(operation, "the parts must have all elements together", whole.shape(), Arrays.toString(sizes));
        }
    }

    // ---- linear algebra

    /** For {@link Ops#matmul}. */
    public static Shape matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        if ((transposeA ? a.rows() : a.columns()) != (transposeB ? b.columns() : b.rows())) {
            throw unfit("matmul", "the first must have as many columns as the second has rows",
                    a.shape() + (transposeA ? "ᵀ" : ""), b.shape() + (transposeB ? "ᵀ" : ""));
        }
        return new Shape(transposeA ? a.columns() : a.rows(), transposeB ? b.rows() : b.columns());
    }

    /** For {@link Ops#linear}. */
    public static Shape linear(Tensor x, Tensor weight, Tensor bias) {
        requireShape("linear", "the weight", weight, x.columns(), weight.columns());
        if (bias != null) {
            requireShape("linear", "the bias", bias, 1, weight.columns());
        }
        return new Shape(x.rows(), weight.columns());
    }

    /** For {@link Ops#addProduct}. */
    public static Shape addProduct(Tensor c, Tensor a, Tensor b) {
        requireShape("addProduct", "the second factor", b, b.rows(), a.columns());
        requireShape("addProduct", "what the product is added to", c, a.rows(), b.rows());
        return c.shape();
    }

    // ---- fused layers of a transformer

    /** For {@link Ops#layerNorm}. */
    public static Shape layerNorm(Tensor x, Tensor gain, Tensor bias) {
        requireShape("layerNorm", "the gain", gain, 1, x.columns());
        requireShape("layerNorm", "the bias", bias, 1, x.columns());
        return x.shape();
    }

    /**
     * For {@link Ops#layerNormGradient}; returns the shape of the gradient by {@code x}, the others have that of the gain.
     */
    public static Shape layerNormGradient(Tensor x, Tensor gain, Tensor gradient) {
        return normGradient("layerNormGradient", x, gain, gradient);
    }

    /** For {@link Ops#rmsNorm}. */
    public static Shape rmsNorm(Tensor x, Tensor gain) {
        requireShape("rmsNorm", "the gain", gain, 1, x.columns());
        return x.shape();
    }

    /** For {@link Ops#rmsNormGradient}; returns the shape of the gradient by {@code x}, the other has that of the gain. */
    public static Shape rmsNormGradient(Tensor x, Tensor gain, Tensor gradient) {
        return normGradient("rmsNormGradient", x, gain, gradient);
    }

    private static Shape normGradient(String operation, Tensor x, Tensor gain, Tensor gradient) {
        requireShape(operation, "the gain", gain, 1, x.columns());
        return requireSame(operation, x, gradient);
    }

    /** For {@link Ops#rotate}. */
    public static Shape rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies) {
        requireShape("rotate", "the packed tensor", packed, packed.rows(), heads.packedColumns());
        requireCount("rotate", "positions", positions.length, packed.rows());
        if (2 * frequencies.length != heads.size()) {
            throw unfit("rotate", "there must be one for each pair of a head's columns", heads,
                    frequencies.length + " frequencies");
        }
        return packed.shape();
    }

    /** For {@link Ops#attention}. */
    public static Shape attention(Tensor packed, AttentionSpec spec, Segments segments) {
        return attention("attention", packed, spec.heads(), segments);
    }

    private static Shape attention(String operation, Tensor packed, Heads heads, Segments segments) {
        requireShape(operation, "the packed tensor", packed, segments.rows(), heads.packedColumns());
        return new Shape(packed.rows(), heads.queryColumns());
    }

    /** For {@link Ops#attentionGradient}. */
    public static Shape attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments) {
        Shape output = attention("attentionGradient", packed, spec.heads(), segments);
        requireShape("attentionGradient", "the gradient of the output", gradient, output.rows(), output.columns());
        return packed.shape();
    }

    /**
     * For {@link Ops#cachedAttention}.
     *
     * @throws UnsupportedOperationException on tangents
     */
    public static Shape cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values,
                                        int[] starts, int[] past) {
        Heads heads = spec.heads();
        Shape output = attention("cachedAttention", packed, heads, segments);
        if (packed.hasTangent() || keys.hasTangent() || values.hasTangent()) {
            throw new UnsupportedOperationException("cached attention is for decoding and carries no tangents");
        }
        requireShape("cachedAttention", "the cache of keys", keys, keys.rows(), heads.keyValueColumns());
        requireSame("cachedAttention", keys, values);
        requireCount("cachedAttention", "starts", starts.length, segments.count());
        requireCount("cachedAttention", "past lengths", past.length, segments.count());
        int[] byStart = IntStream.range(0, starts.length).boxed().sorted(Comparator.comparingInt(s -> starts[s]))
                .mapToInt(Integer::intValue).toArray();
        for (int i = 0; i < byStart.length; i++) {
            int s = byStart[i];
            int length = segments.lengths()[s];
            int end = i + 1 < byStart.length ? starts[byStart[i + 1]] : keys.rows();
            if (starts[s] < 0 || past[s] < 0 || (long) starts[s] + past[s] + length > end) {
                throw unfit("cachedAttention", "the cache has the rows " + starts[s] + " to " + end + " for sequence " + s,
                        past[s] + " that it has in it", length + " new ones");
            }
        }
        return output;
    }

    /** For {@link Ops#tokenLoss}; returns the shape of the losses, the gradient has that of {@code hidden}. */
    public static Shape tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets) {
        return tokenLoss("tokenLoss", hidden, head, softCap, targets);
    }

    private static Shape tokenLoss(String operation, Tensor hidden, Tensor head, double softCap, int[] targets) {
        if (!(softCap > 0)) {
            throw unfit(operation, "the soft cap must be positive", softCap);
        }
        requireShape(operation, "the head", head, head.rows(), hidden.columns());
        requireCount(operation, "targets", targets.length, hidden.rows());
        requireIndices(operation, targets, head.rows());
        return new Shape(hidden.rows(), 1);
    }

    /** For {@link Ops#headGradient}. */
    public static Shape headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient) {
        Shape losses = tokenLoss("headGradient", hidden, head, softCap, targets);
        requireShape("headGradient", "the gradient of the losses", gradient, losses.rows(), losses.columns());
        return head.shape();
    }

    // ---- tangents and host memory

    /** For {@link org.perk4j.backend.Compute#upload}, from a buffer with this number of remaining elements. */
    public static Shape upload(Shape shape, int elements) {
        if (elements < shape.size()) {
            throw unfit("upload", "there must be " + shape.size(), shape, elements + " elements");
        }
        return shape;
    }

    /** For {@link org.perk4j.backend.Compute#download(Tensor, java.nio.FloatBuffer)}, into a buffer with this much room. */
    public static Shape download(Tensor tensor, int room) {
        Shape shape = tensor.shape();
        if (room < shape.size()) {
            throw unfit("download", "there must be room for " + shape.size(), shape, "room for " + room + " elements");
        }
        return shape;
    }

    /** For {@link org.perk4j.backend.Compute#dual}. */
    public static Shape dual(Tensor primal, Tensor tangent) {
        return requireSame("dual", primal, tangent);
    }

    /** For {@link org.perk4j.backend.Compute#knownProduct}. */
    public static Shape knownProduct(Tensor value, Tensor x, Tensor weight, boolean transposed) {
        Shape product = matmul(x, false, weight, transposed);
        requireShape("knownProduct", "the value", value, product.rows(), product.columns());
        requireConstant("knownProduct", weight);
        return product;
    }

    /** For {@link org.perk4j.backend.Compute#knownTokenLoss}; returns the shape of the losses. */
    public static Shape knownTokenLoss(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        Shape losses = tokenLoss("knownTokenLoss", hidden, head, AttentionSpec.UNCAPPED, targets);
        requireSame("knownTokenLoss", hidden, gradient);
        requireConstant("knownTokenLoss", head);
        return losses;
    }

    private static void requireConstant(String operation, Tensor weight) {
        if (weight.hasTangent()) {
            throw unfit(operation, "the weight must not have a tangent", weight.shape());
        }
    }

    /** For {@link org.perk4j.backend.Compute#countFirst}. */
    public static void countFirst(Tensor scores, int[] columns) {
        if (columns.length != scores.rows()) {
            throw unfit("countFirst", columns.length + " columns for so many rows", scores.shape());
        }
        for (int column : columns) {
            if (column < -1 || column >= scores.columns()) {
                throw unfit("countFirst", "there is no column " + column, scores.shape());
            }
        }
    }

    /** For {@link org.perk4j.backend.Compute#largestColumns}. */
    public static void largestColumns(Tensor scores) {
        if (scores.columns() == 0) {
            throw unfit("largestColumns", "there is no column", scores.shape());
        }
    }

    /** For {@link org.perk4j.backend.Compute#addOwnProducts}; returns the shape of the sum. */
    public static Shape addOwnProducts(Tensor c, Tensor x, Tensor a, Tensor b, int[] chosen) {
        int pairs = b.columns() == 0 ? 0 : a.rows() / b.columns();
        requireShape("addOwnProducts", "the first factors", a, pairs * b.columns(), x.columns());
        requireShape("addOwnProducts", "the second factors", b, pairs * c.columns(), b.columns());
        requireShape("addOwnProducts", "the sum", c, x.rows(), c.columns());
        if (chosen.length != c.rows() || Arrays.stream(chosen).anyMatch(pair -> pair < 0 || pair >= pairs)) {
            throw unfit("addOwnProducts", "of " + pairs + " pairs rows choose " + Arrays.toString(chosen), c.shape());
        }
        if (c.hasTangent() || x.hasTangent() || a.hasTangent() || b.hasTangent()) {
            throw unfit("addOwnProducts", "nothing may have a tangent", c.shape());
        }
        return c.shape();
    }

    /** For {@link org.perk4j.backend.Compute#accumulateProduct}; returns the shape of the sum. */
    public static Shape accumulateProduct(Tensor sum, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape product = matmul(a, transposeA, b, transposeB);
        requireShape("accumulateProduct", "the sum", sum, product.rows(), product.columns());
        if ((a.hasTangent() || b.hasTangent()) && !sum.hasTangent()) {
            throw unfit("accumulateProduct", "the sum must have a tangent if a factor has one", sum.shape());
        }
        return product;
    }

    /** For {@link org.perk4j.backend.Compute#accumulate}; returns the shape of the sum. */
    public static Shape accumulate(Tensor sum, Tensor term) {
        if (term.hasTangent() && !sum.hasTangent()) {
            throw unfit("accumulate", "the sum must have a tangent if the term has one", sum.shape(), term.shape());
        }
        return requireSame("accumulate", sum, term);
    }
}
