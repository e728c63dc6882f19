package org.perk4j.backend;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Shapes;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * One computation on a backend: evaluates {@link Ops} at once, on values and tangents, and owns the memory of every
 * tensor it makes. Used by one thread at a time; it may use several threads itself. Results don't depend on how many.
 *
 * <p><b>Lifetime is lexical.</b> A tensor belongs to the innermost {@link Scope} open when it was made, or to the
 * computation itself if none is; closing the owner frees it. Reading a freed tensor throws {@link IllegalStateException}.
 * Only where lives overlap, as those of requests do, an {@link Owner} takes the place of a scope.
 */
@ProviderType
public interface Compute extends Ops, AutoCloseable {

    /** @return the element type of all tensors here */
    DType dtype();

    /** @return a tensor without tangent with the next {@code shape.size()} elements of {@code elements}; copied */
    Tensor upload(Shape shape, FloatBuffer elements);

    /**
     * Like {@link #upload}, from elements in bfloat16: upper halves of floats, whose lower halves are zeros. To every
     * operation the tensor is the constant that {@link #upload} would make of those floats. A backend may hold it as it is,
     * in half the memory, and widen it where it computes, and may then refuse to write into it ({@link #accumulate}, a
     * cache). This implementation widens it here.
     */
    default Tensor uploadBfloat16(Shape shape, ShortBuffer elements) {
        Shapes.upload(shape, elements.remaining());
        FloatBuffer widened = FloatBuffer.allocate(Math.toIntExact(shape.size()));
        while (widened.hasRemaining()) {
            widened.put(Float.intBitsToFloat(elements.get() << 16));
        }
        return upload(shape, widened.flip());
    }

    /** @return the value's elements, row by row, without the tangent */
    double[] download(Tensor tensor);

    /** Copies the value's elements, row by row, without the tangent, into {@code target} from its position on. */
    void download(Tensor tensor, FloatBuffer target);

    /** @return a copy of {@code primal}'s value that carries {@code tangent}'s value as its tangent */
    Tensor dual(Tensor primal, Tensor tangent);

    /** @return a copy of the value, without tangent */
    Tensor primal(Tensor dual);

    /** @return a copy of the tangent; zeros if there is none */
    Tensor tangent(Tensor dual);

    /**
     * The tangent of a product whose value is known, at half the arithmetic of computing both.
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
     * {@link #tokenLoss} with its gradient, whose value is known.
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
     * Adds {@code α·term} to {@code sum} in place, tangents included: the one operation that changes a tensor. For sums
     * over micro-batches, whose every term may be freed before the next is computed.
     *
     * @throws IllegalArgumentException if {@code term} has a tangent and {@code sum} has none
     */
    void accumulate(Tensor sum, double alpha, Tensor term);

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

    /** Frees {@code tensor} now, ahead of its owner. */
    void free(Tensor tensor);

    /** @return the bytes held by tensors now, and the most that ever were (of this computation; temporaries included) */
    MemoryUsage memory();

    /** Frees everything. Idempotent. */
    @Override
    void close();
}
