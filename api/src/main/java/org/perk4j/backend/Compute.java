package org.perk4j.backend;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Shapes;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * One computation on a backend: evaluates {@link Ops} immediately, on values and tangents, and owns the memory of every
 * tensor that it makes. May be used by one thread at a time. It may use several threads internally; results don't depend on
 * how many.
 *
 * <p><b>Lifetimes are lexical.</b> A tensor belongs to the innermost {@link Scope} that is open when it is made, or to the
 * computation itself if none is open; closing the scope or the computation frees it. Reading a freed tensor throws
 * {@link IllegalStateException}. Only where lifetimes overlap, such as those of requests, an {@link Owner} replaces a scope.
 */
@ProviderType
public interface Compute extends Ops, AutoCloseable {

    /** @return the element type of all tensors here */
    DType dtype();

    /** @return a tensor without tangent with the next {@code shape.size()} elements of {@code elements}; copied */
    Tensor upload(Shape shape, FloatBuffer elements);

    /**
     * Like {@link #upload}, from elements in bfloat16, the upper halves of floats. Operations treat the tensor as if
     * {@link #upload} had made it of these floats. A backend may store it in bfloat16, in half the memory, and widen it
     * while computing; it may then refuse to write into it ({@link #accumulate}, caches). This default widens it at once.
     */
    default Tensor uploadBfloat16(Shape shape, ShortBuffer elements) {
        Shapes.upload(shape, elements.remaining());
        FloatBuffer widened = FloatBuffer.allocate(Math.toIntExact(shape.size()));
        while (widened.hasRemaining()) {
            widened.put(Float.intBitsToFloat(elements.get() << 16));
        }
        return upload(shape, widened.flip());
    }

    /**
     * Like {@link #upload}, of a matrix that is stored in less memory. Operations treat the tensor as if {@link #upload}
     * had made it of the widened elements. A backend may keep {@code matrix} until the tensor is freed, and widen parts of
     * it while computing, on any of its threads; it may then refuse to write into the tensor ({@link #accumulate}, caches).
     * This default widens it at once.
     */
    default Tensor uploadPacked(PackedMatrix matrix) {
        Shape shape = matrix.shape();
        float[] elements = new float[Math.toIntExact(shape.size())];
        int rows = matrix.transposed() ? shape.columns() : shape.rows();
        int columns = matrix.transposed() ? shape.rows() : shape.columns();
        float[] row = new float[columns];
        for (int i = 0; i < rows; i++) {
            matrix.widen(i, 0, columns, row, 0);
            for (int j = 0; j < columns; j++) {
                elements[matrix.transposed() ? j * rows + i : i * columns + j] = row[j];
            }
        }
        return upload(shape, FloatBuffer.wrap(elements));
    }

    /** @return the value's elements, row by row, without the tangent */
    double[] download(Tensor tensor);

    /** Copies the value's elements, row by row, without the tangent, into {@code target}, starting at its position. */
    void download(Tensor tensor, FloatBuffer target);

    /** @return a copy of {@code primal}'s value that carries {@code tangent}'s value as its tangent */
    Tensor dual(Tensor primal, Tensor tangent);

    /** @return a copy of the value, without tangent */
    Tensor primal(Tensor dual);

    /** @return a copy of the tangent; zeros if there is none */
    Tensor tangent(Tensor dual);

    /**
     * Computes the tangent of a product whose value is already known, with half the arithmetic of computing both.
     *
     * @param value      {@code x·op(weight)}, perhaps plus a constant
     * @param weight     without a tangent
     * @param transposed whether {@code op} transposes
     * @return a copy of {@code value}'s value, with the tangent {@code ẋ·op(weight)} if {@code x} has one
     */
    default Tensor knownProduct(Tensor value, Tensor x, Tensor weight, boolean transposed) {
        Shapes.knownProduct(value, x, weight, transposed);
        return x.hasTangent() ? scoped(() -> dual(value, matmul(tangent(x), false, weight, transposed))) : primal(value);
    }

    /**
     * {@link #tokenLoss} with its gradient, if the gradient's value is already known.
     *
     * @param head     without a tangent
     * @param gradient the value of {@link TokenLoss#gradient()} for these arguments
     * @return like {@code tokenLoss(hidden, head, targets, true)}, the gradient's value a copy of {@code gradient}'s
     */
    default TokenLoss knownTokenLoss(Tensor hidden, Tensor head, int[] targets, Tensor gradient) {
        Shapes.knownTokenLoss(hidden, head, targets, gradient);
        return tokenLoss(hidden, head, targets, true);
    }

    /**
     * Adds {@code α·term} to {@code sum} in place, tangents included: with {@link #accumulateProduct} the only operation
     * that changes a tensor. It is meant for sums over micro-batches, where each term can be freed before the next one is
     * computed.
     *
     * @throws IllegalArgumentException if {@code term} has a tangent and {@code sum} has none
     */
    void accumulate(Tensor sum, double alpha, Tensor term);

    /**
     * Adds {@code α·op(a)·op(b)} to {@code sum} in place, tangents included; op transposes if the factor's flag is set.
     *
     * @throws IllegalArgumentException if a factor has a tangent and {@code sum} has none
     */
    default void accumulateProduct(Tensor sum, double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Shapes.accumulateProduct(sum, a, transposeA, b, transposeB);
        try (Scope scope = scope()) {
            accumulate(sum, 1, alpha == 1 ? matmul(a, transposeA, b, transposeB)
                    : scaledMatmul(alpha, a, transposeA, b, transposeB));
        }
    }

    /**
     * Counts rows whose largest element, the first of equal ones, is in the right column. Elements must be numbers.
     *
     * @param columns the right column of each row; -1 for a row that doesn't count
     * @return {@code 1×1}, without tangent
     */
    default Tensor countFirst(Tensor scores, int... columns) {
        Shapes.countFirst(scores, columns);
        double[] elements = download(scores);
        int count = 0;
        for (int row = 0; row < columns.length; row++) {
            int first = row * scores.columns();
            int best = 0;
            for (int i = 1; i < scores.columns(); i++) {
                if (elements[first + i] > elements[first + best]) {
                    best = i;
                }
            }
            count += best == columns[row] ? 1 : 0;
        }
        return fill(Shape.SCALAR, count);
    }

    /**
     * Finds the largest element of each row, for a greedy choice of tokens: without all elements being downloaded, where
     * they are a device's.
     *
     * @return its column, the first of equal ones; -1 for a row with an element that is NaN or positively infinite
     */
    default int[] largestColumns(Tensor scores) {
        Shapes.largestColumns(scores);
        FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(scores.shape().size()));
        download(scores, elements);
        int[] largest = new int[scores.rows()];
        for (int row = 0; row < largest.length; row++) {
            int first = row * scores.columns();
            boolean ordered = true;
            int best = 0;
            for (int i = 0; i < scores.columns(); i++) {
                ordered &= elements.get(first + i) < Float.POSITIVE_INFINITY;
                best = elements.get(first + i) > elements.get(first + best) ? i : best;
            }
            largest[row] = ordered ? best : -1;
        }
        return largest;
    }

    /**
     * Adds to each row of {@code c} a row's product with two factors of its own, such as those with which a memory adapts a
     * layer: with A and B the pair that is chosen for it, {@code c + (x·Aᵀ)·Bᵀ}. Nothing may have a tangent.
     *
     * @param c      {@code m×n}
     * @param x      {@code m×k}
     * @param a      the factors A, {@code r×k} each, one below the other
     * @param b      the factors B, {@code n×r} each, one below the other
     * @param chosen the number of the pair for each row
     */
    default Tensor addOwnProducts(Tensor c, Tensor x, Tensor a, Tensor b, int... chosen) {
        Shapes.addOwnProducts(c, x, a, b, chosen);
        return scoped(() -> {
            Tensor sum = c;
            for (int pair : Arrays.stream(chosen).distinct().toArray()) {
                int[] rows = IntStream.range(0, chosen.length).filter(row -> chosen[row] == pair).toArray();
                Tensor own = matmul(matmul(gatherRows(x, rows), false, block(a, pair, b.columns()), true), false,
                        block(b, pair, c.columns()), true);
                sum = add(sum, scatterRows(own, chosen.length, rows));
            }
            return sum == c ? primal(c) : sum;
        });
    }

    private Tensor block(Tensor blocks, int number, int rows) {
        return gatherRows(blocks, IntStream.range(number * rows, (number + 1) * rows).toArray());
    }

    /**
     * @return whether {@link #addOwnProducts} takes hardly more time if pairs differ from row to row than if they are the
     *         same; else one pair after another is multiplied
     */
    default boolean hasOwnProducts() {
        return false;
    }

    /**
     * Marks the end of a unit of work that may be asked for again, such as a pass over a micro-batch. A device may be given
     * its work in such units, and record them; results don't depend on it. This default does nothing.
     */
    default void submit() {
    }

    /**
     * Units are the same work only if they have as many rows. So that passes over texts of slightly different lengths are, a
     * device may want them to have some more rows, whose results nobody reads.
     *
     * @param rows how many rows a pass has
     * @return how many it had better have: at least as many
     */
    default int paddedRows(int rows) {
        return rows;
    }

    /**
     * @return how many more bytes may be kept in this computation's memory for later, rather than in the host's or on its
     *         disk; 0 if this is the host's memory
     */
    default long spareBytes() {
        return 0;
    }

    /**
     * Opens another computation on the same device, which another thread may use at the same time: the small pieces of work
     * of several computations keep a large device busier than those of one. Results don't depend on it.
     *
     * @return a new computation, to be closed by the caller before this one; empty, as by default, if this one uses the
     *         whole device by itself
     */
    default Optional<Compute> beside() {
        return Optional.empty();
    }

    /**
     * Lends this computation a tensor of another one that is {@linkplain #beside beside} it, whose memory they share then if
     * they can. By default it is copied.
     *
     * @param lender has the tensor, and isn't at work now; it neither frees nor changes the tensor before this computation
     *               has freed what it borrowed, and has waited for its own work, as for a download
     * @param tensor without a tangent
     * @return a tensor of this computation with the same elements, which nothing may change
     */
    default Tensor borrow(Compute lender, Tensor tensor) {
        return constant(tensor.shape(), lender.download(tensor));
    }

    /** Opens a scope: tensors made from now on belong to it, until it is closed. Scopes nest. */
    Scope scope();

    /** @return a new owner, without tensors yet */
    Owner owner();

    @Override
    default Tensor scoped(Supplier<Tensor> body) {
        try (Scope scope = scope()) {
            return scope.keep(body.get());
        }
    }

    /** Frees {@code tensor} now, before its scope or owner is closed. */
    void free(Tensor tensor);

    /** @return the memory of this computation's tensors, now and at its peak, temporaries of kernels included */
    MemoryUsage memory();

    /** Frees everything. Idempotent. */
    @Override
    void close();
}
