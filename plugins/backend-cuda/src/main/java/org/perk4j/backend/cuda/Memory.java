package org.perk4j.backend.cuda;

import org.perk4j.compute.Lifetimes;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

/** The memory of one computation: creates its tensors from blocks of the arena, to which they return. */
final class Memory {

    private final Arena.Cache cache;
    private final DType dtype;
    private final Lifetimes lifetimes;

    Memory(Arena.Cache cache, DType dtype, Lifetimes lifetimes) {
        this.cache = cache;
        this.dtype = dtype;
        this.lifetimes = lifetimes;
    }

    Lifetimes lifetimes() {
        return lifetimes;
    }

    DType dtype() {
        return dtype;
    }

    /** @return a tensor of undefined content, owned by the innermost scope */
    CudaTensor tensor(Shape shape, boolean tangent) {
        long bytes = CudaTensor.bytes(dtype.bytes(), shape, tangent);
        return lifetimes.own(new CudaTensor(this, shape, tangent, new Holding(take(bytes), bytes), 0));
    }

    /**
     * @param element the index of the part's first element
     * @param tangent whether the part's tangent follows its value there
     * @return a tensor in the memory of another one, owned by the innermost scope
     */
    CudaTensor part(CudaTensor whole, long element, Shape shape, boolean tangent) {
        return lifetimes.own(new CudaTensor(this, shape, tangent, whole.memory().share(),
                whole.offset() + element * dtype.bytes()));
    }

    /** @return a tensor in the memory of another computation, owned by the innermost scope */
    CudaTensor borrowed(CudaTensor theirs) {
        lifetimes.requireOpen();
        Holding memory = new Holding(theirs.memory().block, 0);
        memory.share(); // with its owner, who gives it back
        return lifetimes.own(new CudaTensor(this, theirs.shape(), theirs.hasTangent(), memory, theirs.offset()));
    }

    /** Memory of one or several tensors, returned when all of them are freed. */
    final class Holding {

        private final Arena.Block block;
        private final long bytes;
        private int holders = 1;

        private Holding(Arena.Block block, long bytes) {
            this.block = block;
            this.bytes = bytes;
        }

        long address() {
            return block.address();
        }

        boolean isShared() {
            return holders > 1;
        }

        private Holding share() {
            holders++;
            return this;
        }

        /** Called by each tensor when it is freed. */
        void leave() {
            if (--holders == 0) {
                give(block, bytes);
            }
        }
    }

    /** @return a tensor of undefined content, to be freed by the caller when the operation is done */
    Temporary temporary(int rows, int columns, boolean tangent) {
        Shape shape = new Shape(rows, columns);
        long bytes = CudaTensor.bytes(dtype.bytes(), shape, tangent);
        Arena.Block block = take(bytes);
        return new Temporary(block, bytes, new CudaTensor(this, shape, tangent, new Holding(block, bytes), 0));
    }

    /** @return working memory of undefined content, to be closed when the operation is done */
    Temporary temporary(long bytes) {
        return new Temporary(take(bytes), bytes, null);
    }

    private Arena.Block take(long bytes) {
        lifetimes.requireOpen();
        Arena.Block block = cache.take(bytes);
        lifetimes.took(bytes);
        return block;
    }

    private void give(Arena.Block block, long bytes) {
        lifetimes.gave(bytes);
        cache.give(block);
    }

    /** Frees all tensors. Idempotent. */
    void close() {
        lifetimes.close();
    }

    /** Working memory of one operation. */
    final class Temporary implements AutoCloseable {

        private final Arena.Block block;
        private final long bytes;
        private final CudaTensor tensor;

        private Temporary(Arena.Block block, long bytes, CudaTensor tensor) {
            this.block = block;
            this.bytes = bytes;
            this.tensor = tensor;
        }

        long address() {
            return block.address();
        }

        CudaTensor tensor() {
            return tensor;
        }

        @Override
        public void close() {
            give(block, bytes);
        }
    }
}
