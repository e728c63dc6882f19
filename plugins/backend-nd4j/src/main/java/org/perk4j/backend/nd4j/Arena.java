package org.perk4j.backend.nd4j;

import org.perk4j.compute.IdleBlocks;

/**
 * Allocates blocks and takes them back for reuse; the last one returned is the first to be reused. Thread-safe; shared by
 * all computations of the backend.
 */
final class Arena {

    /** The largest block: what one direct buffer can address. */
    static final long MAX_BYTES = Integer.MAX_VALUE - 2L * Block.SLACK;

    /** Idle memory beyond this, and beyond a quarter of the memory in use, is returned to the system. */
    private static final long IDLE_LIMIT = 64L << 20;

    private static final long SMALLEST = 256;

    private final IdleBlocks<Block> idle = new IdleBlocks<>();
    private long usedBytes;

    /** @return a block of at least the given size, with undefined content */
    synchronized Block take(long bytes) {
        long size = size(bytes);
        Block block = idle.take(size);
        if (block == null) {
            trim(Math.max(IDLE_LIMIT, usedBytes / 4));
            block = allocate(size);
        }
        usedBytes += size;
        return block;
    }

    synchronized void give(Block block) {
        usedBytes -= block.capacity();
        idle.give(block.capacity(), block);
    }

    /** Returns idle memory to the system, largest blocks first, down to what is worth keeping. */
    synchronized void trim() {
        trim(IDLE_LIMIT);
    }

    /** Returns all idle memory to the system. */
    synchronized void clear() {
        trim(0);
    }

    private Block allocate(long size) {
        try {
            return Block.allocate(size);
        } catch (OutOfMemoryError e) {
            trim(0);
            return Block.allocate(size);
        }
    }

    private void trim(long keep) {
        while (idle.bytes() > keep) {
            idle.takeLargest().release();
        }
    }

    private static long size(long bytes) {
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("a tensor of " + (bytes >> 20) + " MiB, tangent included: more than the "
                    + (MAX_BYTES >> 20) + " MiB that one tensor may have");
        }
        return Math.min(MAX_BYTES, IdleBlocks.sizeClass(bytes, SMALLEST));
    }
}
