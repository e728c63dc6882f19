package org.perk4j.compute;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;

/**
 * Blocks of memory kept for reuse, by size. Among blocks of one size, the one that was added last is taken first, since the
 * processor's caches may still hold it. Not thread-safe.
 *
 * @param <B> a block
 */
public final class IdleBlocks<B> {

    private final TreeMap<Long, Deque<B>> bySize = new TreeMap<>();
    private long bytes;

    /**
     * Rounds a size up to a size class, so that blocks can be reused: there are eight classes per power of two, all
     * multiples of the smallest block.
     *
     * @param bytes    the size that is needed
     * @param smallest the smallest size of a block
     * @return the size of the block to allocate
     */
    public static long sizeClass(long bytes, long smallest) {
        if (bytes <= smallest) {
            return smallest;
        }
        long step = Math.max(smallest, Long.highestOneBit(bytes - 1) >> 3);
        return (bytes + step - 1) / step * step;
    }

    /** @return the bytes of all blocks together */
    public long bytes() {
        return bytes;
    }

    /** Adds a block. */
    public void give(long size, B block) {
        bySize.computeIfAbsent(size, none -> new ArrayDeque<>()).push(block);
        bytes += size;
    }

    /** Removes a block of exactly this size. @return the block; null if there is none */
    public B take(long size) {
        Deque<B> blocks = bySize.get(size);
        if (blocks == null || blocks.isEmpty()) {
            return null;
        }
        bytes -= size;
        return blocks.pop();
    }

    /** Removes one of the largest blocks. @return the block; there must be one */
    public B takeLargest() {
        while (bySize.lastEntry().getValue().isEmpty()) {
            bySize.pollLastEntry();
        }
        return take(bySize.lastKey());
    }

    /** Removes all blocks. */
    public void clear() {
        bySize.clear();
        bytes = 0;
    }
}
