package org.perk4j.backend.portable;

import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A tensor on the heap: row by row, the tangent in an array of its own. */
final class Matrix implements Tensor {

    private final Shape shape;
    private final PortableCompute owner;
    private double[] value;
    private double[] tangent;

    /** @param tangent null for none */
    Matrix(PortableCompute owner, Shape shape, double[] value, double[] tangent) {
        this.owner = owner;
        this.shape = shape;
        this.value = value;
        this.tangent = tangent;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public boolean hasTangent() {
        return tangent != null;
    }

    PortableCompute owner() {
        return owner;
    }

    double[] value() {
        if (value == null) {
            throw new IllegalStateException("a tensor of shape " + shape + " is read after it was freed");
        }
        return value;
    }

    /** The tangent, or null. */
    double[] tangent() {
        value();
        return tangent;
    }

    Dual at(int row, int column) {
        int i = row * shape.columns() + column;
        return new Dual(value[i], tangent == null ? 0 : tangent[i]);
    }

    Dual[] row(int row) {
        return row(row, 0, shape.columns());
    }

    Dual[] row(int row, int from, int count) {
        value();
        Dual[] duals = new Dual[count];
        for (int j = 0; j < count; j++) {
            duals[j] = at(row, from + j);
        }
        return duals;
    }

    void set(int row, int column, Dual dual) {
        int i = row * shape.columns() + column;
        value[i] = dual.v();
        if (tangent != null) {
            tangent[i] = dual.t();
        }
    }

    void add(int row, int column, Dual dual) {
        set(row, column, at(row, column).plus(dual));
    }

    boolean freed() {
        return value == null;
    }

    void free() {
        value = null;
        tangent = null;
    }
}
