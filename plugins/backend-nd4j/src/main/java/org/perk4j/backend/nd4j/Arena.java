package org.perk4j.backend.nd4j;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Where blocks come from and go back to. A block given back is the first to be taken again, while the processor's caches
 * still hold it. Sizes come in classes, eight to each power of two, so that a block is at most an eighth too large.
 * Thread-safe; shared by all computations of the backend.
 */
final class Arena {

    /** The largest block: what one direct buffer can address. */
    static final long MAX_BYTES = Integer.MAX_VALUE - 2L * Block.SLACK;

    /** Idle memory beyond this, and beyond a quarter of what is in use, goes back to the system. */
    private static final long IDLE_LIMIT = 64L << 20;

    private static final long SMALLEST = 256;

    private final NavigableMap<Long, Deque<Block>> idle = new TreeMap<>();
    private long idleBytes;
    private long usedBytes;

    /** @return a block of at least the given size; what it holds is undefined */
    synchronized Block take(long bytes) {
        long size = sizeClass(bytes);
        Deque<Block> fitting = idle.get(size);
        Block block;
        if (fitting != null && !fitting.isEmpty()) {
            block = fitting.pop();
            idleBytes -= size;
        } else {
            trim(Math.max(IDLE_LIMIT, usedBytes / 4));
            block = allocate(size);
        }
        usedBytes += size;
        return block;
    }

    synchronized void give(Block block) {
        usedBytes -= block.capacity();
        idleBytes += block.capacity();
        idle.computeIfAbsent(block.capacity(), size -> new ArrayDeque<>()).push(block);
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
        while (idleBytes > keep) {
            long size = idle.lastKey();
            Deque<Block> blocks = idle.get(size);
            while (idleBytes > keep && !blocks.isEmpty()) {
                blocks.pop().release();
                idleBytes -= size;
            }
            if (blocks.isEmpty()) {
                idle.remove(size);
            }
        }
    }

    private static long sizeClass(long bytes) {
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("a tensor of " + (bytes >> 20) + " MiB, tangent included: more than the "
                    + (MAX_BYTES >> 20) + " MiB that one tensor may have");
        }
        if (bytes <= SMALLEST) {
            return SMALLEST;
        }
        long step = Long.highestOneBit(bytes - 1) >> 3;
        return Math.min(MAX_BYTES, (bytes + step - 1) / step * step);
    }
}
