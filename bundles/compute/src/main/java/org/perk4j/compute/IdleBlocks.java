package org.perk4j.compute;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;

/**
 * Blocks of memory that wait to be used again, by size. Of one size, the one that was given last is taken first, while the
 * processor's caches still hold it. Not thread-safe.
 *
 * @param <B> a block
 */
public final class IdleBlocks<B> {

    private final TreeMap<Long, Deque<B>> bySize = new TreeMap<>();
    private long bytes;

    /**
     * Sizes come in classes, so that blocks fit again: eight to each power of two, multiples of the smallest.
     *
     * @param bytes    what is needed
     * @param smallest size of a block
     * @return the size of the block for it
     */
    public static long sizeClass(long bytes, long smallest) {
        if (bytes <= smallest) {
            return smallest;
        }
        long step = Math.max(smallest, Long.highestOneBit(bytes - 1) >> 3);
        return (bytes + step - 1) / step * step;
    }

    /** @return the bytes of all */
    public long bytes() {
        return bytes;
    }

    /** Adds a block. */
    public void give(long size, B block) {
        bySize.computeIfAbsent(size, none -> new ArrayDeque<>()).push(block);
        bytes += size;
    }

    /** @return a block of exactly this size, which is none of these any more; null if there is none */
    public B take(long size) {
        Deque<B> blocks = bySize.get(size);
        if (blocks == null || blocks.isEmpty()) {
            return null;
        }
        bytes -= size;
        return blocks.pop();
    }

    /** @return one of the largest blocks, which is none of these any more; there must be one */
    public B takeLargest() {
        while (bySize.lastEntry().getValue().isEmpty()) {
            bySize.pollLastEntry();
        }
        return take(bySize.lastKey());
    }

    /** Forgets all blocks. */
    public void clear() {
        bySize.clear();
        bytes = 0;
    }
}
