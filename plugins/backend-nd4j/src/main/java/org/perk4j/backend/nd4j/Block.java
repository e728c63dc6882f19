package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A run of memory outside the heap, aligned to a cache line. Matrix products use its address, kernels its buffers. It has
 * {@link #SLACK} more bytes than requested, so that a kernel may load a whole vector at the last element.
 */
final class Block {

    /** The size of the widest vector. */
    static final int SLACK = 64;

    private static final int ALIGNMENT = 64;

    /** Null for part of another block. */
    private final Pointer memory;
    private final long capacity;
    private final long address;
    private final ByteBuffer bytes;
    private final FloatBuffer floats;
    private final Block whole;
    /** The number of holders besides the one that allocated it. */
    private int sharers;

    private Block(Pointer memory, long capacity) {
        this.memory = memory;
        this.capacity = capacity;
        this.address = (memory.address() + ALIGNMENT - 1) & -ALIGNMENT;
        long offset = address - memory.address();
        // JavaCPP's buffer begins at the pointer's origin: slice it at its position
        this.bytes = new BytePointer(memory).position(offset).limit(offset + capacity + SLACK).asByteBuffer().slice()
                .order(ByteOrder.nativeOrder());
        this.floats = bytes.asFloatBuffer();
        this.whole = this;
    }

    private Block(Block of, int element) {
        this.memory = null;
        this.capacity = of.capacity - (long) element * Float.BYTES;
        this.address = of.address(element);
        this.bytes = of.bytes.slice(element * Float.BYTES, of.bytes.capacity() - element * Float.BYTES)
                .order(ByteOrder.nativeOrder());
        this.floats = bytes.asFloatBuffer();
        this.whole = of.whole;
    }

    /** @return a part of this block from an element on, for one more holder */
    Block share(int element) {
        whole.sharers++;
        return new Block(this, element);
    }

    /** Called by each holder when it is done. @return the whole block if this was the last holder, otherwise null */
    Block leave() {
        if (whole.sharers > 0) {
            whole.sharers--;
            return null;
        }
        return whole;
    }

    /** @throws OutOfMemoryError if the system has no more */
    static Block allocate(long capacity) {
        Pointer memory = Pointer.malloc(capacity + SLACK + ALIGNMENT);
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError("no " + (capacity >> 20) + " MiB of memory left for tensors");
        }
        return new Block(memory, capacity);
    }

    /** Returns the memory to the system. Nothing may touch this block again. */
    void release() {
        Pointer.free(memory);
    }

    long capacity() {
        return capacity;
    }

    /** @return the address of a float */
    long address(long element) {
        return address + element * Float.BYTES;
    }

    /** @return the memory as bytes, in native order */
    ByteBuffer bytes() {
        return bytes;
    }

    /** @return the memory as floats */
    FloatBuffer floats() {
        return floats;
    }
}
