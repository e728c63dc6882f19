package org.perk4j.compute;

import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A tensor on the heap, until it is freed. */
final class Matrix implements Tensor {

    private final JavaCompute owner;
    private final Shape shape;
    private final boolean hasTangent;
    private Duals elements;

    Matrix(JavaCompute owner, Shape shape, boolean hasTangent) {
        this.owner = owner;
        this.shape = shape;
        this.hasTangent = hasTangent;
        this.elements = Duals.zeros(shape.rows(), shape.columns(), hasTangent);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public boolean hasTangent() {
        return hasTangent;
    }

    JavaCompute owner() {
        return owner;
    }

    Duals elements() {
        if (elements == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is read after it was freed");
        }
        return elements;
    }

    boolean freed() {
        return elements == null;
    }

    void free() {
        elements = null;
    }
}
