package org.perk4j.compute;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A backend's tensor, which a scope or an owner of its computation {@linkplain Lifetimes frees}. */
@ConsumerType
public abstract class OwnedTensor implements Tensor {

    private final Lifetimes lifetimes;
    private final Shape shape;
    private boolean freed;

    /** The region that owns this tensor, and the tensor's index in it: maintained by {@link Lifetimes}. */
    Lifetimes.Region region;
    int place;

    /** @param lifetimes those of the computation; {@link Lifetimes#own} gives the tensor its first owner */
    protected OwnedTensor(Lifetimes lifetimes, Shape shape) {
        this.lifetimes = lifetimes;
        this.shape = shape;
    }

    @Override
    public final Shape shape() {
        return shape;
    }

    final Lifetimes lifetimes() {
        return lifetimes;
    }

    /** @return whether this tensor was freed */
    public final boolean freed() {
        return freed;
    }

    /** @throws IllegalStateException if this tensor was freed */
    public final void requireNotFreed() {
        if (freed) {
            throw new IllegalStateException("a tensor of shape " + shape + " was used after it was freed");
        }
    }

    final void free() {
        freed = true;
        region = null;
        release();
    }

    /** Releases the tensor's memory. Called once, when the tensor is freed. */
    protected abstract void release();
}
