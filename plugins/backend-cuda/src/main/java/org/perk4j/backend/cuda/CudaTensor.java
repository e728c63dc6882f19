package org.perk4j.backend.cuda;

import org.perk4j.compute.OwnedTensor;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

/**
 * A matrix on a device, row by row, in one block: all rows of the value, then all rows of the tangent if there is one. So a
 * product with a constant treats a dual matrix as one with twice the rows.
 */
final class CudaTensor extends OwnedTensor {

    private final DType dtype;
    private final boolean tangent;
    /** The offset in its memory, in bytes. */
    private final long offset;
    private final Memory.Holding memory;

    CudaTensor(Memory owner, Shape shape, boolean tangent, Memory.Holding memory, long offset) {
        super(owner.lifetimes(), shape);
        this.dtype = owner.dtype();
        this.tangent = tangent;
        this.memory = memory;
        this.offset = offset;
    }

    @Override
    public boolean hasTangent() {
        return tangent;
    }

    /** @return the number of elements of the value */
    long size() {
        return shape().size();
    }

    /** @return the number of rows of value and tangent */
    int stackedRows() {
        return tangent ? Math.multiplyExact(2, shape().rows()) : shape().rows();
    }

    /** @throws IllegalStateException if this tensor was freed */
    long address() {
        requireNotFreed();
        return memory.address() + offset;
    }

    /** @return the address of the tangent; the end of the value if there is none */
    long tangentAddress() {
        return address() + size() * dtype.bytes();
    }

    /** @return the offset in its memory, in bytes */
    long offset() {
        return offset;
    }

    /** @return its memory, which it may share with other tensors */
    Memory.Holding memory() {
        requireNotFreed();
        return memory;
    }

    /** @return the bytes of the value, and of the tangent if there is one */
    long bytes() {
        return bytes(dtype.bytes(), shape(), tangent);
    }

    static long bytes(int element, Shape shape, boolean tangent) {
        return shape.size() * element * (tangent ? 2 : 1);
    }

    @Override
    protected void release() {
        memory.leave();
    }

    @Override
    public String toString() {
        return dtype + " " + shape() + (tangent ? " with tangent" : "") + (freed() ? ", freed" : "");
    }
}
