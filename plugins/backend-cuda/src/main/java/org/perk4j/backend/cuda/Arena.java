package org.perk4j.backend.cuda;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * Memory of a device, which is slow to allocate and slower to give back: what is not needed any more is kept for the next
 * who asks.
 *
 * <p>A block may be given back while work that uses it is still to be done. In the same stream that does no harm, as later
 * work is done later: each stream has a {@link Cache} of its own. When a stream has ended, its blocks are for all.
 * Thread-safe.
 */
final class Arena {

    /** Cached memory beyond this, once no computation is open, goes back to the device. */
    private static final long IDLE_LIMIT = 256L << 20;

    private static final long SMALLEST = 512;

    private final Driver driver;
    private final LongUnaryOperator sizes;
    private final Blocks common = new Blocks();
    private final List<Cache> caches = new ArrayList<>();
    private boolean lost;

    /** A run of memory. */
    record Block(long address, long bytes) {
    }

    Arena(Driver driver) {
        this(driver, Arena::sizeClass);
    }

    /** @param sizes the size of the block for so many bytes */
    Arena(Driver driver, LongUnaryOperator sizes) {
        this.driver = driver;
        this.sizes = sizes;
    }

    /** Eight sizes to each power of two: a block is at most an eighth too large. */
    private static long sizeClass(long bytes) {
        if (bytes <= SMALLEST) {
            return SMALLEST;
        }
        long step = Math.max(SMALLEST, Long.highestOneBit(bytes - 1) >> 3);
        return (bytes + step - 1) / step * step;
    }

    /** @return the cache of a new stream */
    synchronized Cache open() {
        Cache cache = new Cache();
        caches.add(cache);
        return cache;
    }

    /** The device is lost, and all memory with it: nothing is given back to it any more. */
    synchronized void lose() {
        lost = true;
        common.clear();
        caches.forEach(cache -> cache.idle.clear());
    }

    /** Gives all idle memory back to the device. */
    synchronized void trim() {
        List<Blocks> all = new ArrayList<>(List.of(common));
        caches.forEach(cache -> all.add(cache.idle));
        if (!lost && all.stream().anyMatch(blocks -> blocks.bytes > 0)) {
            driver.synchronize(); // work that uses them may still be to be done
            all.forEach(blocks -> release(blocks, 0));
        }
    }

    private void release(Blocks blocks, long limit) {
        while (blocks.bytes > limit) {
            driver.free(blocks.takeLargest().address);
        }
    }

    private Block allocate(long bytes) {
        try {
            return new Block(driver.allocate(bytes), bytes);
        } catch (DeviceException e) {
            if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
                throw e;
            }
            trim();
            return allocateAtLast(bytes);
        }
    }

    private Block allocateAtLast(long bytes) {
        try {
            return new Block(driver.allocate(bytes), bytes);
        } catch (DeviceException e) {
            if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
                throw e;
            }
            Driver.Capacity capacity = driver.capacity();
            throw new DeviceException(e.kind(), driver.device() + " has no " + mebibytes(bytes) + " left for a tensor: "
                    + mebibytes(capacity.freeBytes()) + " of " + mebibytes(capacity.totalBytes())
                    + " are free. Smaller micro-batches (microBatchTokens) take less");
        }
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    /** The idle blocks of one stream. */
    final class Cache {

        private final Blocks idle = new Blocks();

        private Cache() {
        }

        /** @return a block of at least so many bytes; what it holds is undefined */
        Block take(long bytes) {
            synchronized (Arena.this) {
                long size = sizes.applyAsLong(Math.max(1, bytes));
                Block block = idle.take(size);
                if (block == null) {
                    block = common.take(size);
                }
                return block == null ? allocate(size) : block;
            }
        }

        /** Takes a block back that only work of this stream uses. */
        void give(Block block) {
            synchronized (Arena.this) {
                if (!lost) {
                    idle.give(block);
                }
            }
        }

        /** To be called when the stream has done all its work. */
        void close() {
            synchronized (Arena.this) {
                if (caches.remove(this) && !lost) {
                    while (idle.bytes > 0) {
                        common.give(idle.takeLargest());
                    }
                    release(common, caches.isEmpty() ? IDLE_LIMIT : Long.MAX_VALUE);
                }
            }
        }
    }

    /** Idle blocks by size; of one size, the one given last is taken first. */
    private static final class Blocks {

        private final TreeMap<Long, Deque<Block>> bySize = new TreeMap<>();
        private long bytes;

        void give(Block block) {
            bySize.computeIfAbsent(block.bytes, size -> new ArrayDeque<>()).push(block);
            bytes += block.bytes;
        }

        /** @return null if there is none of exactly this size */
        Block take(long size) {
            Deque<Block> blocks = bySize.get(size);
            if (blocks == null) {
                return null;
            }
            Block block = blocks.pop();
            if (blocks.isEmpty()) {
                bySize.remove(size);
            }
            bytes -= size;
            return block;
        }

        Block takeLargest() {
            return take(bySize.lastKey());
        }

        void clear() {
            bySize.clear();
            bytes = 0;
        }
    }
}
