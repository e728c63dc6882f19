package org.perk4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.perk4j.compute.IdleBlocks;

/**
 * Memory of a device, which is slow to allocate and slower to free, so unused blocks are kept for reuse.
 *
 * <p>A block may be returned while work that uses it is still queued. Within the same stream that is safe, since work runs
 * in order: each stream has a {@link Cache} of its own. When a stream has ended, its blocks become available to all.
 * Thread-safe.
 */
final class Arena {

    /** Cached memory beyond this is returned to the device once no computation is open. */
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

    /** @param sizes maps a number of bytes to the size of the block for it */
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

    /** Marks the device, and with it all memory, as lost: nothing is returned to it from now on. */
    synchronized void lose() {
        lost = true;
        common.clear();
        caches.forEach(cache -> cache.idle.clear());
    }

    /** Returns all idle memory to the device. */
    synchronized void trim() {
        List<IdleBlocks<Block>> all = new ArrayList<>(List.of(common));
        caches.forEach(cache -> all.add(cache.idle));
        if (!lost && all.stream().anyMatch(blocks -> blocks.bytes() > 0)) {
            driver.synchronize(); // queued work may still use them
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

        /** @return a block of at least this number of bytes, with undefined content */
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

        /** Takes back a block that only this stream's work uses. */
        void give(Block block) {
            synchronized (Arena.this) {
                if (!lost) {
                    idle.give(block.bytes, block);
                }
            }
        }

        /** Called when the stream has done all its work. */
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
