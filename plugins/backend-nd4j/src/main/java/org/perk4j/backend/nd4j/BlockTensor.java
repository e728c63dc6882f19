package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import org.perk4j.tensor.Shape;

/** A tensor that holds a block of memory until it is freed. */
abstract class BlockTensor extends CpuTensor {

    private final Memory memory;
    private final long heldBytes;
    private Block block;

    /** @param heldBytes the number of the block's bytes in use */
    BlockTensor(Memory memory, Shape shape, Block block, long heldBytes) {
        super(memory, shape);
        this.memory = memory;
        this.block = block;
        this.heldBytes = heldBytes;
    }

    long heldBytes() {
        return heldBytes;
    }

    ByteBuffer bytes() {
        return block().bytes();
    }

    /** @throws IllegalStateException if this tensor was freed */
    Block block() {
        requireNotFreed();
        return block;
    }

    /** @return the block that was used until now */
    Block exchange(Block other) {
        Block former = block();
        block = other;
        return former;
    }

    @Override
    protected void release() {
        Block last = block.leave();
        block = null;
        if (last != null) {
            memory.give(last, heldBytes);
        }
    }
}
