package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.compute.Lifetimes;
import org.perk4j.tensor.Shape;

/** The memory of one computation: creates its tensors from blocks of the arena, to which they return. */
final class Memory implements AutoCloseable {

    private final Arena arena;
    private final Lifetimes lifetimes;
    private boolean closed;

    Memory(Arena arena, Lifetimes lifetimes) {
        this.arena = arena;
        this.lifetimes = lifetimes;
    }

    Lifetimes lifetimes() {
        return lifetimes;
    }

    /** @return a tensor of undefined content, owned by the innermost scope */
    FloatTensor tensor(Shape shape, boolean tangent) {
        long bytes = shape.size() * Float.BYTES * (tangent ? 2 : 1);
        return lifetimes.own(new FloatTensor(this, shape, tangent, take(bytes), bytes));
    }

    /**
     * @param element the index of the part's first element
     * @param tangent whether the part's tangent follows its value there
     * @return a tensor in the memory of another one, owned by the innermost scope
     */
    FloatTensor part(FloatTensor whole, int element, Shape shape, boolean tangent) {
        return lifetimes.own(new FloatTensor(this, shape, tangent, whole.block().share(element), whole.heldBytes()));
    }

    /** @return a tensor in bfloat16 of undefined content, owned by the innermost scope */
    Bfloat16Tensor bfloat16(Shape shape) {
        long bytes = Bfloat16Tensor.bytes(shape);
        return lifetimes.own(new Bfloat16Tensor(this, shape, take(bytes), bytes));
    }

    /** @return a tensor that keeps a packed matrix, whose memory counts as taken, owned by the innermost scope */
    PackedTensor packed(PackedMatrix matrix) {
        lifetimes.requireOpen();
        lifetimes.took(matrix.bytes());
        return lifetimes.own(new PackedTensor(this, matrix));
    }

    /** Counts memory as returned that isn't the arena's. */
    void released(long bytes) {
        lifetimes.gave(bytes);
    }

    /** Replaces a matrix with its transpose, which temporarily takes memory for both. */
    void turn(Bfloat16Tensor tensor, Workers workers) {
        Block other = take(tensor.heldBytes());
        give(tensor.turn(other, workers), tensor.heldBytes());
    }

    /** @return working memory for {@code floats} elements of undefined content, until it is closed */
    Temporary temporary(long floats) {
        long bytes = floats * Float.BYTES;
        return new Temporary(take(bytes), bytes);
    }

    private Block take(long bytes) {
        lifetimes.requireOpen();
        Block block = arena.take(bytes);
        lifetimes.took(bytes);
        return block;
    }

    /** Returns a block of which this number of bytes was in use. */
    void give(Block block, long bytes) {
        lifetimes.gave(bytes);
        arena.give(block);
    }

    /** Frees all tensors. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            lifetimes.close();
            closed = true;
            arena.trim();
        }
    }

    /** Working memory of one operation. */
    final class Temporary implements AutoCloseable {

        private final Block block;
        private final long bytes;

        private Temporary(Block block, long bytes) {
            this.block = block;
            this.bytes = bytes;
        }

        ByteBuffer bytes() {
            return block.bytes();
        }

        long address(long element) {
            return block.address(element);
        }

        @Override
        public void close() {
            give(block, bytes);
        }
    }
}
