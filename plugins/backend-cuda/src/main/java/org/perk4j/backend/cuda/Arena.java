package org.perk4j.backend.cuda;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.perk4j.compute.IdleBlocks;

/**
 * Memory of a device, which is slow to allocate and slower to free, so unused blocks are kept for reuse. Of the blocks of
 * one size the one with the lowest address is taken, so that the same requests find the same addresses again.
 *
 * <p>A block may be returned while work that uses it is still queued. Within the same stream that is safe, since work runs
 * in order: each stream has a {@link Cache} of its own. When a stream has ended, its blocks become available to all.
 * Thread-safe; who takes and gives blocks of one cache doesn't wait for users of others.
 */
final class Arena {

    /** Cached memory beyond this is returned to the device once no computation is open. */
    private static final long IDLE_LIMIT = 256L << 20;

    private static final long SMALLEST = 512;

    /** One of so many parts of the free memory can be spared, since several computations may ask. */
    private static final int SPARE = 4;

    private final Driver driver;
    private final LongUnaryOperator sizes;
    private final Idle common = new Idle();
    private final List<Cache> caches = new ArrayList<>();
    private volatile boolean lost;

    /** A run of memory. */
    record Block(long address, long bytes) {
    }

    /** Blocks by their size, and those of one size by their address. */
    private static final class Idle {

        private final TreeMap<Long, PriorityQueue<Block>> bySize = new TreeMap<>();
        private long bytes;

        long bytes() {
            return bytes;
        }

        void give(Block block) {
            bySize.computeIfAbsent(block.bytes, none -> new PriorityQueue<>(Comparator.comparingLong(Block::address)))
                    .add(block);
            bytes += block.bytes;
        }

        /** @return a block of exactly this size; null if there is none */
        Block take(long size) {
            PriorityQueue<Block> blocks = bySize.get(size);
            Block lowest = blocks == null ? null : blocks.poll();
            if (lowest != null) {
                bytes -= size;
            }
            return lowest;
        }

        /** @return one of the largest blocks; there must be one */
        Block takeLargest() {
            bySize.values().removeIf(PriorityQueue::isEmpty);
            return take(bySize.lastKey());
        }
    }

    Arena(Driver driver) {
        this(driver, bytes -> IdleBlocks.sizeClass(bytes, SMALLEST));
    }

    /** @param sizes maps a number of bytes to the size of the block for it */
    Arena(Driver driver, LongUnaryOperator sizes) {
        this.driver = driver;
        this.sizes = sizes;
    }

    /**
     * @param release called, by any thread, before idle blocks go back to the device: hands to the stream the work that may
     *                use them and still waits, and forgets what was recorded of them
     * @return the cache of a new stream
     */
    synchronized Cache open(Runnable release) {
        Cache cache = new Cache(release);
        caches.add(cache);
        return cache;
    }

    /** @return a share of the device's free memory, and of what is kept here for reuse */
    synchronized long spareBytes() {
        long idle = common.bytes() + caches.stream().mapToLong(Cache::idleBytes).sum();
        return (driver.capacity().freeBytes() + idle) / SPARE;
    }

    /**
     * Marks the device, and with it all memory, as lost: nothing is returned to it from now on. Waits for nobody, since who
     * finds out may be asked by another thread to submit its work, which holds this arena.
     */
    void lose() {
        lost = true;
    }

    /** Returns all idle memory to the device. */
    synchronized void trim() {
        trim(0);
    }

    /** Holds each cache, so that nothing comes back to it whose last use isn't done. */
    private void trim(int held) {
        if (held < caches.size()) {
            synchronized (caches.get(held)) {
                trim(held + 1);
            }
            return;
        }
        List<Idle> all = new ArrayList<>(List.of(common));
        caches.forEach(cache -> all.add(cache.idle));
        if (!lost && all.stream().anyMatch(blocks -> blocks.bytes() > 0)) {
            caches.forEach(cache -> cache.release.run());
            driver.synchronize(); // queued work may still use them
            all.forEach(blocks -> release(blocks, 0));
        }
    }

    private void release(Idle blocks, long limit) {
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

        private final Idle idle = new Idle();
        private final Runnable release;

        private Cache(Runnable release) {
            this.release = release;
        }

        private synchronized long idleBytes() {
            return idle.bytes();
        }

        /** @return a block of at least this number of bytes, with undefined content */
        Block take(long bytes) {
            long size = sizes.applyAsLong(Math.max(1, bytes));
            Block mine = idle(size);
            if (mine != null) {
                return mine;
            }
            synchronized (Arena.this) {
                Block block = common.take(size);
                return block == null ? allocate(size) : block;
            }
        }

        private synchronized Block idle(long size) {
            return idle.take(size);
        }

        /** Takes back a block that only this stream's work uses. */
        synchronized void give(Block block) {
            if (!lost) {
                idle.give(block);
            }
        }

        /** Called when the stream has done all its work. */
        void close() {
            synchronized (Arena.this) {
                if (caches.remove(this) && !lost) {
                    synchronized (this) {
                        while (idle.bytes() > 0) {
                            common.give(idle.takeLargest());
                        }
                    }
                    release(common, caches.isEmpty() ? IDLE_LIMIT : Long.MAX_VALUE);
                }
            }
        }
    }
}
