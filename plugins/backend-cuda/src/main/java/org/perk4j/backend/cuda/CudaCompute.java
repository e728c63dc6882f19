package org.perk4j.backend.cuda;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.perk4j.backend.Compute;
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
 * One computation on a device, in a stream of its own. Checks arguments and creates results; kernels do the work
 * asynchronously: only downloads wait for it.
 */
final class CudaCompute extends OwningCompute {

    /** The most bytes of tables that are kept on the device. */
    private static final long TABLES = 32L << 20;

    /** The most elements of a constant that is kept as a table. */
    private static final int CONSTANT = 1 << 10;

    /** In how many parts a row is searched. */
    private static final int MOST_PARTS = 32;

    private final Driver driver;
    private final Arena arena;
    private final CudaSettings settings;
    private final Work work;
    private final Arena.Cache cache;
    private final Arena.Cache tableCache;
    private final Tables tables;
    private final Memory memory;
    private final Kernels kernels;
    private final HostCopies hostCopies;
    private final Reductions reductions;
    private final Products products;
    private final Norms norms;
    private final Attention attention;
    private final TokenLosses tokenLosses;
    private boolean closed;

    CudaCompute(Driver driver, Arena arena, DType dtype, CudaSettings settings) {
        this.driver = driver;
        this.arena = arena;
        this.settings = settings;
        work = new Work(driver.stream(dtype), settings.recorded());
        cache = arena.open(work::release);
        tableCache = arena.open(() -> { }); // its idle blocks aren't read by work that waits, nor by recorded work
        tables = new Tables(work, tableCache, TABLES);
        memory = new Memory(cache, dtype, lifetimes);
        kernels = new Kernels(work, memory, tables);
        hostCopies = new HostCopies(work, dtype);
        reductions = new Reductions(kernels, memory);
        products = new Products(work, kernels, memory, settings.factors());
        norms = new Norms(kernels, memory, reductions);
        attention = new Attention(kernels, memory);
        tokenLosses = new TokenLosses(kernels, memory, products, settings.logits());
    }

    // ---- checks

    private CudaTensor mine(Tensor tensor) {
        return (CudaTensor) lifetimes.require(tensor);
    }

    private CudaTensor mineOrNull(Tensor tensor) {
        return tensor == null ? null : mine(tensor);
    }

    // ---- constants and elementwise arithmetic

    @Override
    public Tensor constant(Shape shape, double... elements) {
        CudaTensor r = memory.tensor(Shapes.constant(shape, elements), false);
        if (elements.length > CONSTANT) {
            hostCopies.upload(r.address(), elements);
        } else {
            try (Tables.Table table = table(elements)) {
                kernels.copy(r.address(), table.address(), r.bytes());
            }
        }
        return r;
    }

    /** @return the elements as a tensor has them */
    private Tables.Table table(double... elements) {
        return dtype() == DType.FLOAT64 ? kernels.table("constant", elements)
                : kernels.table("constant",
                        Arrays.stream(elements).mapToInt(x -> Float.floatToRawIntBits((float) x)).toArray());
    }

    @Override
    public Tensor fill(Shape shape, double value) {
        CudaTensor r = memory.tensor(shape, false);
        kernels.each("fill", r.size(), r, value, r.size());
        return r;
    }

    @Override
    public Tensor combine(double alpha, Tensor a, double beta, Tensor b) {
        Shape shape = Shapes.combine(a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        kernels.each("combine", r.size(), r, alpha, x, beta, y, r.size());
        return r;
    }

    @Override
    public Tensor affine(Tensor a, double scale, double shift) {
        CudaTensor x = mine(a);
        CudaTensor r = memory.tensor(x.shape(), x.hasTangent());
        kernels.each("affine", r.size(), r, x, scale, shift, r.size());
        return r;
    }

    @Override
    public Tensor multiply(Tensor a, Tensor b) {
        Shape shape = Shapes.multiply(a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        kernels.each("multiply", r.size(), r, x, y, r.size());
        return r;
    }

    @Override
    public Tensor map(Activation f, Tensor x) {
        CudaTensor a = mine(x);
        CudaTensor r = memory.tensor(a.shape(), a.hasTangent());
        kernels.each("map", r.size(), r, a, f.ordinal(), r.size());
        return r;
    }

    @Override
    public Tensor mapGradient(Activation f, Tensor x, Tensor gradient) {
        Shape shape = Shapes.mapGradient(x, gradient);
        CudaTensor a = mine(x);
        CudaTensor g = mine(gradient);
        CudaTensor r = memory.tensor(shape, a.hasTangent() || g.hasTangent());
        kernels.each("mapGradient", r.size(), r, a, g, f.ordinal(), r.size());
        return r;
    }

    // ---- broadcasts and reductions

    @Override
    public Tensor multiplyScalar(Tensor a, Tensor s) {
        Shape shape = Shapes.multiplyScalar(a, s);
        CudaTensor x = mine(a);
        CudaTensor factor = mine(s);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || factor.hasTangent());
        kernels.each("scaleRows", r.size(), r, x, factor, r.size(), r.size());
        return r;
    }

    @Override
    public Tensor scaleRows(Tensor a, Tensor column) {
        Shape shape = Shapes.scaleRows(a, column);
        CudaTensor x = mine(a);
        CudaTensor factors = mine(column);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || factors.hasTangent());
        kernels.each("scaleRows", r.size(), r, x, factors, (long) r.columns(), r.size());
        return r;
    }

    @Override
    public Tensor rowDots(Tensor a, Tensor b) {
        Shape shape = Shapes.rowDots(a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        kernels.rows("rowDots", x.rows(), r, x, y, x.rows(), x.columns());
        return r;
    }

    @Override
    public Tensor dot(Tensor a, Tensor b) {
        Shape shape = Shapes.dot(a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        reductions.dot(r, x, y);
        return r;
    }

    @Override
    public Tensor sumRows(Tensor a) {
        CudaTensor x = mine(a);
        CudaTensor r = memory.tensor(Shapes.sumRows(x), x.hasTangent());
        reductions.sumRows(r, x);
        return r;
    }

    @Override
    public Tensor repeatRow(Tensor row, int count) {
        Shape shape = Shapes.repeatRow(row, count);
        CudaTensor x = mine(row);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        repeat(r, x);
        return r;
    }

    // ---- selection

    @Override
    public Tensor gatherRows(Tensor table, int... rows) {
        Shape shape = Shapes.gatherRows(table, rows);
        CudaTensor x = mine(table);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        try (Tables.Table indices = kernels.table("rows", rows)) {
            kernels.each("gatherRows", r.size(), r, x, indices, (long) r.columns(), r.size());
        }
        return r;
    }

    @Override
    public Tensor scatterRows(Tensor a, int count, int... rows) {
        Shape shape = Shapes.scatterRows(a, count, rows);
        CudaTensor x = mine(a);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        int[] starts = starts(rows, count);
        try (Tables.Table from = kernels.table("starts", starts);
             Tables.Table order = kernels.table("order", order(rows, starts))) {
            kernels.each("scatterRows", r.size(), r, x, from, order, (long) r.columns(), r.size());
        }
        return r;
    }

    @Override
    public Tensor columns(Tensor a, int from, int count) {
        Shape shape = Shapes.columns(a, from, count);
        CudaTensor x = mine(a);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        copyColumns(r, 0, x, from, count);
        return r;
    }

    @Override
    public Tensor concatenateColumns(Tensor... parts) {
        Shape shape = Shapes.concatenateColumns(parts);
        boolean tangent = false;
        for (Tensor part : parts) {
            tangent |= mine(part).hasTangent();
        }
        CudaTensor r = memory.tensor(shape, tangent);
        int at = 0;
        for (Tensor part : parts) {
            copyColumns(r, at, mine(part), 0, part.columns());
            at += part.columns();
        }
        return r;
    }

    @Override
    public Tensor dropoutMask(long[] rowKeys, int columns, double keep) {
        CudaTensor r = memory.tensor(Shapes.dropoutMask(rowKeys, columns, keep), false);
        try (Tables.Table keys = kernels.table("keys", rowKeys)) {
            // 53 random bits, as a fraction of 1, are below keep exactly if they are below this number.
            long threshold = (long) Math.ceil(keep * 0x1p53);
            kernels.each("dropoutMask", r.size(), r, keys, (long) columns, threshold, 1 / keep, r.size());
        }
        return r;
    }

    private void repeat(CudaTensor r, CudaTensor row) {
        kernels.each("repeatRow", r.size(), r, row, (long) r.columns(), r.size());
    }

    /** Copies columns of {@code x}, from column {@code from} on, to those of {@code r} from column {@code at} on. */
    private void copyColumns(CudaTensor r, int at, CudaTensor x, int from, int count) {
        long size = (long) x.rows() * count;
        kernels.each("copyColumns", size, r, (long) r.columns(), (long) at, x, (long) x.columns(), (long) from, (long) count,
                size);
    }

    /** @return for each row of the result, the start of the rows to sum in {@link #order}; and the end of the last */
    private static int[] starts(int[] rows, int count) {
        int[] starts = new int[count + 1];
        for (int row : rows) {
            if (row >= 0) {
                starts[row + 1]++;
            }
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        return starts;
    }

    /** @return the rows to sum, grouped by the row of the result, in their order */
    private static int[] order(int[] rows, int[] starts) {
        int[] next = starts.clone();
        int[] order = new int[starts[starts.length - 1]];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] >= 0) {
                order[next[rows[i]]++] = i;
            }
        }
        return order;
    }

    // ---- many tensors as one row

    /** Some parts at a time, as many as a kernel takes. */
    @Override
    public Tensor join(Tensor... parts) {
        Shape shape = Shapes.join(parts);
        List<CudaTensor> all = new ArrayList<>();
        for (Tensor part : parts) {
            all.add(mine(part));
        }
        CudaTensor r = memory.tensor(shape, all.stream().anyMatch(CudaTensor::hasTangent));
        int[] starts = starts(all.stream().mapToInt(part -> (int) part.size()).toArray());
        for (int from = 0; from < parts.length; from += Kernels.MOST_PARTS) {
            int to = Math.min(parts.length, from + Kernels.MOST_PARTS);
            long size = starts[to] - starts[from];
            kernels.each("join", size, r, (long) starts[from], size, to - from,
                    new Kernels.Parts(all.subList(from, to), Arrays.copyOfRange(starts, from, to + 1)));
        }
        return r;
    }

    /**
     * Parts of a tensor without tangent share its memory. Those of one with a tangent are copied, each followed by its
     * tangent.
     */
    @Override
    public List<Tensor> split(Tensor whole, List<Shape> shapes) {
        Shapes.split(whole, shapes);
        CudaTensor x = mine(whole);
        boolean tangent = x.hasTangent();
        CudaTensor base = x;
        if (tangent) {
            int[] sizes = shapes.stream().mapToInt(shape -> (int) shape.size()).toArray();
            base = memory.tensor(new Shape(2, Math.toIntExact(x.size())), false);
            try (Tables.Table starts = kernels.table("parts", starts(sizes))) {
                kernels.each("splitDual", x.size(), base, x, starts, sizes.length, x.size());
            }
        }
        List<Tensor> parts = new ArrayList<>();
        long at = 0;
        for (Shape shape : shapes) {
            parts.add(memory.part(base, at, shape, tangent));
            at += tangent ? 2 * shape.size() : shape.size();
        }
        if (tangent) {
            lifetimes.free(base);
        }
        return parts;
    }

    @Override
    public Tensor scaleParts(Tensor whole, Tensor column, int... sizes) {
        Shape shape = Shapes.scaleParts(whole, column, sizes);
        CudaTensor x = mine(whole);
        CudaTensor factors = mine(column);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || factors.hasTangent());
        try (Tables.Table starts = kernels.table("parts", starts(sizes))) {
            kernels.each("scaleParts", r.size(), r, x, factors, starts, sizes.length, r.size());
        }
        return r;
    }

    @Override
    public Tensor partDots(Tensor a, Tensor b, int... sizes) {
        Shape shape = Shapes.partDots(a, b, sizes);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        try (Tables.Table starts = kernels.table("parts", starts(sizes))) {
            kernels.launch("partDots", sizes.length, r, x, y, starts);
        }
        return r;
    }

    /** @return the start of each part, and the end of the last */
    private static int[] starts(int[] sizes) {
        int[] starts = new int[sizes.length + 1];
        System.arraycopy(sizes, 0, starts, 1, sizes.length);
        Arrays.parallelPrefix(starts, Integer::sum);
        return starts;
    }

    // ---- linear algebra

    @Override
    public Tensor scaledMatmul(double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shape shape = Shapes.matmul(a, transposeA, b, transposeB);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || y.hasTangent());
        products.multiply(r, false, alpha, x, transposeA, y, transposeB);
        return r;
    }

    @Override
    public Tensor linear(Tensor x, Tensor weight, Tensor bias) {
        Shape shape = Shapes.linear(x, weight, bias);
        CudaTensor input = mine(x);
        CudaTensor w = mine(weight);
        CudaTensor b = mineOrNull(bias);
        boolean tangent = input.hasTangent() || w.hasTangent() || b != null && b.hasTangent();
        CudaTensor r = memory.tensor(shape, tangent);
        if (b == null) {
            products.multiply(r, false, 1, input, false, w, false);
        } else {
            products.multiply(r, b, 1, input, w, false);
        }
        return r;
    }

    @Override
    public Tensor addProduct(Tensor c, double alpha, Tensor a, Tensor b) {
        Shape shape = Shapes.addProduct(c, a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor sum = mine(c);
        CudaTensor r = memory.tensor(shape, sum.hasTangent() || x.hasTangent() || y.hasTangent());
        products.multiply(r, sum, alpha, x, y, true);
        return r;
    }

    /** The result has the memory of {@code c}, unless others share that, or it lacks room for a tangent. */
    @Override
    public Tensor addProductTo(Tensor c, double alpha, Tensor a, Tensor b) {
        Shape shape = Shapes.addProduct(c, a, b);
        CudaTensor x = mine(a);
        CudaTensor y = mine(b);
        CudaTensor sum = mine(c);
        boolean tangent = x.hasTangent() || y.hasTangent();
        if (sum.memory().isShared() || sum == x || sum == y || tangent && !sum.hasTangent()) {
            return addProduct(c, alpha, a, b);
        }
        CudaTensor r = memory.part(sum, 0, shape, sum.hasTangent());
        products.multiply(r, true, alpha, x, false, y, true);
        lifetimes.free(sum);
        return r;
    }

    // ---- fused layers of a transformer

    @Override
    protected Tensor norm(Shape shape, Tensor x, Tensor gain, Tensor bias, double epsilon) {
        CudaTensor input = mine(x);
        CudaTensor g = mine(gain);
        CudaTensor b = mineOrNull(bias);
        CudaTensor r = memory.tensor(shape, input.hasTangent() || g.hasTangent() || b != null && b.hasTangent());
        norms.forward(r, input, g, b, epsilon);
        return r;
    }

    @Override
    public Tensor layerNormInputGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normInputGradient(Shapes.layerNormGradient(x, gain, gradient), x, gain, gradient, true, epsilon);
    }

    @Override
    public Tensor rmsNormInputGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normInputGradient(Shapes.rmsNormGradient(x, gain, gradient), x, gain, gradient, false, epsilon);
    }

    private Tensor normInputGradient(Shape shape, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                     double epsilon) {
        CudaTensor input = mine(x);
        CudaTensor gains = mine(gain);
        CudaTensor g = mine(gradient);
        CudaTensor r = memory.tensor(shape, input.hasTangent() || gains.hasTangent() || g.hasTangent());
        norms.inputGradient(r, input, gains, g, centred, epsilon);
        return r;
    }

    @Override
    protected NormGradients normGradient(Shape shape, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                         double epsilon) {
        CudaTensor input = mine(x);
        CudaTensor gains = mine(gain);
        CudaTensor g = mine(gradient);
        boolean tangent = input.hasTangent() || gains.hasTangent() || g.hasTangent();
        CudaTensor byInput = memory.tensor(shape, tangent);
        CudaTensor byGain = memory.tensor(gains.shape(), tangent);
        CudaTensor byBias = centred ? memory.tensor(gains.shape(), tangent) : null;
        norms.gradient(byInput, byGain, byBias, input, gains, g, epsilon);
        return new NormGradients(byInput, byGain, byBias);
    }

    @Override
    public Tensor rotate(Tensor packed, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        Shape shape = Shapes.rotate(packed, heads, positions, frequencies);
        CudaTensor x = mine(packed);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        kernels.copy(r.address(), x.address(), x.bytes());
        long pairs = (long) r.rows() * frequencies.length;
        try (Tables.Table rows = kernels.table("positions", positions);
             Tables.Table angles = kernels.table("frequencies", frequencies)) {
            kernels.each("rotate", pairs, r, x, rows, angles, new Kernels.Wide(inverse ? -1 : 1), frequencies.length,
                    heads.queryColumns() + heads.keyValueColumns(), r.columns(), pairs);
        }
        return r;
    }

    @Override
    public Tensor attention(Tensor packed, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attention(packed, spec, segments);
        CudaTensor x = mine(packed);
        CudaTensor r = memory.tensor(shape, x.hasTangent());
        attention.forward(r, x, spec, segments);
        return r;
    }

    @Override
    public Tensor attentionGradient(Tensor packed, Tensor gradient, AttentionSpec spec, Segments segments) {
        Shape shape = Shapes.attentionGradient(packed, gradient, spec, segments);
        CudaTensor x = mine(packed);
        CudaTensor g = mine(gradient);
        CudaTensor r = memory.tensor(shape, x.hasTangent() || g.hasTangent());
        attention.gradient(r, x, g, spec, segments);
        return r;
    }

    @Override
    public Tensor cachedAttention(Tensor packed, AttentionSpec spec, Segments segments, Tensor keys, Tensor values,
                                  int[] starts, int[] past) {
        Shape shape = Shapes.cachedAttention(packed, spec, segments, keys, values, starts, past);
        CudaTensor x = mine(packed);
        CudaTensor keyCache = mine(keys);
        CudaTensor valueCache = mine(values);
        CudaTensor r = memory.tensor(shape, false);
        attention.cached(r, x, spec, segments, keyCache, valueCache, starts, past);
        return r;
    }

    @Override
    public TokenLoss tokenLoss(Tensor hidden, Tensor head, double softCap, int[] targets, boolean gradient) {
        Shape shape = Shapes.tokenLoss(hidden, head, softCap, targets);
        CudaTensor h = mine(hidden);
        CudaTensor w = mine(head);
        boolean tangent = h.hasTangent() || w.hasTangent();
        CudaTensor loss = memory.tensor(shape, tangent);
        CudaTensor gradients = gradient ? memory.tensor(h.shape(), tangent) : null;
        tokenLosses.losses(loss, gradients, h, w, softCap, targets);
        return new TokenLoss(loss, gradients);
    }

    @Override
    public Tensor headGradient(Tensor hidden, Tensor head, double softCap, int[] targets, Tensor gradient) {
        Shape shape = Shapes.headGradient(hidden, head, softCap, targets, gradient);
        CudaTensor h = mine(hidden);
        CudaTensor w = mine(head);
        CudaTensor g = mine(gradient);
        CudaTensor r = memory.tensor(shape, h.hasTangent() || w.hasTangent() || g.hasTangent());
        tokenLosses.headGradient(r, h, w, softCap, targets, g);
        return r;
    }

    // ---- tangents and host memory

    @Override
    public DType dtype() {
        return memory.dtype();
    }

    @Override
    public Tensor upload(Shape shape, FloatBuffer elements) {
        CudaTensor r = memory.tensor(Shapes.upload(shape, elements.remaining()), false);
        hostCopies.upload(r.address(), elements, r.size());
        return r;
    }

    @Override
    public double[] download(Tensor tensor) {
        CudaTensor x = mine(tensor);
        return hostCopies.download(x.address(), Math.toIntExact(x.size()));
    }

    @Override
    public void download(Tensor tensor, FloatBuffer target) {
        Shapes.download(tensor, target.remaining());
        CudaTensor x = mine(tensor);
        hostCopies.download(x.address(), target, x.size());
    }

    @Override
    public Tensor dual(Tensor primal, Tensor tangent) {
        Shape shape = Shapes.dual(primal, tangent);
        CudaTensor x = mine(primal);
        CudaTensor t = mine(tangent);
        CudaTensor r = memory.tensor(shape, true);
        kernels.copy(r.address(), x.address(), r.bytes() / 2);
        kernels.copy(r.tangentAddress(), t.address(), r.bytes() / 2);
        return r;
    }

    @Override
    public Tensor primal(Tensor dual) {
        CudaTensor x = mine(dual);
        CudaTensor r = memory.tensor(x.shape(), false);
        kernels.copy(r.address(), x.address(), r.bytes());
        return r;
    }

    @Override
    public Tensor tangent(Tensor dual) {
        CudaTensor x = mine(dual);
        CudaTensor r = memory.tensor(x.shape(), false);
        if (x.hasTangent()) {
            kernels.copy(r.address(), x.tangentAddress(), r.bytes());
        } else {
            kernels.clear(r);
        }
        return r;
    }

    @Override
    public void accumulate(Tensor sum, double alpha, Tensor term) {
        Shapes.accumulate(sum, term);
        CudaTensor total = mine(sum);
        CudaTensor x = mine(term);
        kernels.each("accumulate", total.size(), total, alpha, x, total.size());
    }

    @Override
    public void accumulateProduct(Tensor sum, double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shapes.accumulateProduct(sum, a, transposeA, b, transposeB);
        products.multiply(mine(sum), true, alpha, mine(a), transposeA, mine(b), transposeB);
    }

    @Override
    public Tensor countFirst(Tensor scores, int... columns) {
        Shapes.countFirst(scores, columns);
        CudaTensor x = mine(scores);
        CudaTensor r = memory.tensor(Shape.SCALAR, false);
        try (Memory.Temporary first = memory.temporary(x.rows(), 1, false);
             Tables.Table right = kernels.table("columns", columns)) {
            kernels.launch("isFirst", x.rows(), first.tensor(), x, right, x.columns());
            reductions.sumRows(r, first.tensor());
        }
        return r;
    }

    /** In parts of a row, and these together; so only columns come to the host. */
    @Override
    public int[] largestColumns(Tensor scores) {
        Shapes.largestColumns(scores);
        CudaTensor x = mine(scores);
        int m = x.rows();
        int parts = (int) Math.min(MOST_PARTS, Kernels.blocks(x.columns(), Stream.BLOCK));
        try (Memory.Temporary largest = memory.temporary(m, parts, false);
             Memory.Temporary columns = memory.temporary(m, parts, false);
             Memory.Temporary chosen = memory.temporary(m, 1, false)) {
            kernels.launch("largest", (long) m * parts, largest, columns, x, null, x.columns(), parts);
            kernels.launch("largest", m, null, chosen, largest, columns, parts, 1);
            return Arrays.stream(hostCopies.download(chosen.address(), m)).mapToInt(column -> (int) column).toArray();
        }
    }

    @Override
    public Tensor addOwnProducts(Tensor c, Tensor x, Tensor a, Tensor b, int... chosen) {
        Shape shape = Shapes.addOwnProducts(c, x, a, b, chosen);
        CudaTensor sum = mine(c);
        CudaTensor input = mine(x);
        CudaTensor first = mine(a);
        CudaTensor second = mine(b);
        if (!FewRows.areQuads(input, first, second)) {
            return super.addOwnProducts(c, x, a, b, chosen);
        }
        CudaTensor r = memory.tensor(shape, false);
        products.addOwn(r, sum, input, first, second, chosen);
        return r;
    }

    @Override
    public boolean hasOwnProducts() {
        return true;
    }

    // ---- the device

    @Override
    public void submit() {
        work.submit();
    }

    @Override
    public int paddedRows(int rows) {
        return Padding.padded(rows);
    }

    @Override
    public long spareBytes() {
        return arena.spareBytes();
    }

    @Override
    public Optional<Compute> beside() {
        return Optional.of(new CudaCompute(driver, arena, dtype(), settings));
    }

    @Override
    public Tensor borrow(Compute lender, Tensor tensor) {
        if (lender instanceof CudaCompute other && other.arena == arena && other.dtype() == dtype()) {
            CudaTensor theirs = other.mine(tensor);
            other.work.synchronize(); // this stream doesn't wait for the other one
            return memory.borrowed(theirs);
        }
        return super.borrow(lender, tensor);
    }

    // ---- lifetime

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.close();
            try {
                work.close();
            } finally {
                tables.close();
                tableCache.close();
                cache.close();
            }
        }
    }
}
