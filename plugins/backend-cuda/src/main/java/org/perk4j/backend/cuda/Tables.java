package org.perk4j.backend.cuda;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arrays that kernels read beside tensors, such as the numbers of rows. What was copied to the device is kept there by its
 * content, since a copy from the host takes longer than a kernel and passes read mostly the same arrays; the least recently
 * used are dropped beyond a number of bytes.
 *
 * <p>Kernels don't read the kept copies but <b>slots</b>, which are filled from them: the first array of a unit of
 * {@link Work} lies in the first slot, the next one in the second. So units that differ in their arrays only, such as passes
 * over other tokens, ask for the same work at the same addresses, and can be replayed. A slot isn't filled anew before all
 * units that read it were handed to the device: slots are filled at once, while the work that reads them waits.
 */
final class Tables {

    /** The least bytes of a slot: a larger array would need another place, and change the work that reads it. */
    static final int SLOT = 1 << 12;

    private final Work work;
    private final Arena.Cache cache;
    private final long limit;
    private final LinkedHashMap<Buffer, Arena.Block> kept = new LinkedHashMap<>(64, 0.75f, true);
    private final List<Slot> slots = new ArrayList<>();
    private final Map<Use, Slot> ofUnit = new HashMap<>();
    private long bytes;
    private long unit = -1;

    /**
     * @param work  what reads the slots
     * @param cache of the same stream, and of no other user: of its blocks only slots are read by work that waits
     * @param limit the most bytes of arrays to keep
     */
    Tables(Work work, Arena.Cache cache, long limit) {
        this.work = work;
        this.cache = cache;
        this.limit = limit;
    }

    /** What an array is for, and its numbers. Equal arrays for different uses are equal by chance only. */
    private record Use(String what, Buffer content) {
    }

    /** An array, at one place until it is closed and the unit in which that was has ended. */
    final class Table implements AutoCloseable {

        private final Slot slot;

        private Table(Slot slot) {
            this.slot = slot;
            slot.holders++;
        }

        long address() {
            return slot.block.address();
        }

        /** @return the numbers of 4 bytes from one on */
        Rest from(int first) {
            return new Rest(address() + (long) first * Integer.BYTES);
        }

        @Override
        public void close() {
            slot.holders--;
            slot.lastUnit = work.unit();
        }
    }

    /** The end of a table that is not closed yet. */
    record Rest(long address) {
    }

    private static final class Slot {

        private Arena.Block block;
        private Buffer content;
        private int holders;
        private long lastUnit;

        /** @return whether nobody holds it, and all work that reads it belongs to units before this one */
        boolean isFree(long unit) {
            return holders == 0 && lastUnit < unit;
        }
    }

    /**
     * @param use what for
     * @return these numbers on the device, of 4 bytes each
     */
    Table of(String use, int... numbers) {
        Slot slot = slot(use, IntBuffer.wrap(numbers));
        if (slot == null) {
            ByteBuffer bytes = direct(numbers.length, Integer.BYTES);
            bytes.asIntBuffer().put(numbers);
            slot = filled(use, IntBuffer.wrap(numbers.clone()), bytes);
        }
        return new Table(slot);
    }

    /**
     * @param use what for
     * @return these numbers on the device, of 8 bytes each
     */
    Table of(String use, long... numbers) {
        Slot slot = slot(use, LongBuffer.wrap(numbers));
        if (slot == null) {
            ByteBuffer bytes = direct(numbers.length, Long.BYTES);
            bytes.asLongBuffer().put(numbers);
            slot = filled(use, LongBuffer.wrap(numbers.clone()), bytes);
        }
        return new Table(slot);
    }

    private static ByteBuffer direct(int count, int size) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(size, count)).order(ByteOrder.nativeOrder());
    }

    /** @return the slot that has this content in this unit; null if none has it yet */
    private Slot slot(String use, Buffer content) {
        if (unit != work.unit()) {
            unit = work.unit();
            ofUnit.values().removeIf(slot -> slot.isFree(unit));
        }
        return ofUnit.get(new Use(use, content));
    }

    private Slot filled(String use, Buffer content, ByteBuffer source) {
        Slot slot = free();
        int size = source.remaining();
        if (!content.equals(slot.content)) {
            slot.content = null; // until it is there
            Arena.Block from = kept(content, source);
            if (slot.block == null || slot.block.bytes() < size) {
                Arena.Block larger = cache.take(Math.max(SLOT, Integer.highestOneBit(Math.max(1, size - 1)) << 1));
                if (slot.block != null) {
                    cache.give(slot.block);
                }
                slot.block = larger;
            }
            if (size > 0) {
                work.copyAtOnce(slot.block.address(), from.address(), size);
            }
            slot.content = content;
        }
        ofUnit.put(new Use(use, content), slot);
        return slot;
    }

    private Slot free() {
        for (Slot slot : slots) {
            if (slot.isFree(unit)) {
                return slot;
            }
        }
        slots.add(new Slot());
        return slots.get(slots.size() - 1);
    }

    private Arena.Block kept(Buffer content, ByteBuffer source) {
        Arena.Block found = kept.get(content);
        if (found != null) {
            return found;
        }
        while (bytes + source.remaining() > limit && !kept.isEmpty()) {
            drop(kept.keySet().iterator().next());
        }
        Arena.Block block = cache.take(source.remaining());
        if (source.hasRemaining()) {
            upload(block, source);
        }
        bytes += block.bytes();
        kept.put(content, block);
        return block;
    }

    private void upload(Arena.Block block, ByteBuffer source) {
        try {
            work.uploadAtOnce(block.address(), source);
        } catch (DeviceException e) {
            cache.give(block);
            throw e;
        }
    }

    private void drop(Buffer content) {
        Arena.Block block = kept.remove(content);
        bytes -= block.bytes();
        cache.give(block);
    }

    /** Gives all memory back. No work may be waiting. */
    void close() {
        List.copyOf(kept.keySet()).forEach(this::drop);
        slots.stream().filter(slot -> slot.block != null).forEach(slot -> cache.give(slot.block));
        slots.clear();
        ofUnit.clear();
    }
}
