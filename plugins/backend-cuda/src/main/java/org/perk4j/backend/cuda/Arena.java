package org.perk4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.perk4j.compute.IdleBlocks;

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
    private final IdleBlocks<Block> common = new IdleBlocks<>();
    private final List<Cache> caches = new ArrayList<>();
    private boolean lost;

    /** A run of memory. */
    record Block(long address, long bytes) {
    }

    Arena(Driver driver) {
        this(driver, bytes -> IdleBlocks.sizeClass(bytes, SMALLEST));
    }

    /** @param sizes the size of the block for so many bytes */
    Arena(Driver driver, LongUnaryOperator sizes) {
        this.driver = driver;
        this.sizes = sizes;
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
        List<IdleBlocks<Block>> all = new ArrayList<>(List.of(common));
        caches.forEach(cache -> all.add(cache.idle));
        if (!lost && all.stream().anyMatch(blocks -> blocks.bytes() > 0)) {
            driver.synchronize(); // work that uses them may still be to be done
            all.forEach(blocks -> release(blocks, 0));
        }
    }

    private void release(IdleBlocks<Block> blocks, long limit) {
        while (blocks.bytes() > limit) {
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

        private final IdleBlocks<Block> idle = new IdleBlocks<>();

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
                    idle.give(block.bytes, block);
                }
            }
        }

        /** To be called when the stream has done all its work. */
        void close() {
            synchronized (Arena.this) {
                if (caches.remove(this) && !lost) {
                    while (idle.bytes() > 0) {
                        Block block = idle.takeLargest();
                        common.give(block.bytes, block);
                    }
                    release(common, caches.isEmpty() ? IDLE_LIMIT : Long.MAX_VALUE);
                }
            }
        }
    }
}
