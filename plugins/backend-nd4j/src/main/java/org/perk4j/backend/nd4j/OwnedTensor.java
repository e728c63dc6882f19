package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A tensor that holds a block of memory until it is freed. */
abstract class OwnedTensor implements Tensor {

    private final Shape shape;
    private final Memory owner;
    private final long heldBytes;
    private Block block;

    /** The scope that frees this tensor, and the place it has there: kept by {@link Memory}. */
    Memory.Region region;
    int place;

    /** @param heldBytes how much of the block is in use */
    OwnedTensor(Memory owner, Shape shape, Block block, long heldBytes) {
        this.owner = owner;
        this.shape = shape;
        this.block = block;
        this.heldBytes = heldBytes;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    Memory owner() {
        return owner;
    }

    long heldBytes() {
        return heldBytes;
    }

    ByteBuffer bytes() {
        return block().bytes();
    }

    /** Copies a row of the value as floats. */
    abstract void copyRow(int row, ByteBuffer target, int at);

    /** @throws IllegalStateException if this tensor was freed */
    Block block() {
        if (block == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is used after it was freed");
        }
        return block;
    }

    /** @return the block that was held until now */
    Block exchange(Block other) {
        Block former = block();
        block = other;
        return former;
    }

    boolean freed() {
        return block == null;
    }

    /** Takes the block away: what {@link Memory} does to free this tensor. */
    Block surrender() {
        Block surrendered = block;
        block = null;
        return surrendered;
    }
}
