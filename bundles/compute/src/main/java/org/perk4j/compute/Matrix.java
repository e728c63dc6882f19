package org.perk4j.compute;

import org.perk4j.tensor.Shape;

/** A tensor on the heap, until it is freed. Memory is counted in bytes of its type, not of the doubles that hold it. */
final class Matrix extends OwnedTensor {

    private final boolean hasTangent;
    private final long bytes;
    private Duals elements;

    Matrix(Lifetimes lifetimes, Shape shape, boolean hasTangent, int elementBytes) {
        super(lifetimes, shape);
        this.hasTangent = hasTangent;
        this.bytes = shape.size() * elementBytes * (hasTangent ? 2 : 1);
        lifetimes.requireOpen();
        this.elements = Duals.zeros(shape.rows(), shape.columns(), hasTangent);
        lifetimes.took(bytes);
    }

    @Override
    public boolean hasTangent() {
        return hasTangent;
    }

    Duals elements() {
        requireNotFreed();
        return elements;
    }

    @Override
    protected void release() {
        lifetimes().gave(bytes);
        elements = null;
    }
}
