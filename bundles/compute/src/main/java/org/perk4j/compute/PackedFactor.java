package org.perk4j.compute;

import org.perk4j.backend.PackedMatrix;

/** A constant matrix of which some stored rows at a time are widened. */
record PackedFactor(PackedMatrix matrix) implements Factor {

    /** Elements to widen at once. */
    private static final int AT_ONCE = 1 << 16;

    @Override
    public int rows() {
        return matrix.shape().rows();
    }

    @Override
    public int columns() {
        return matrix.shape().columns();
    }

    @Override
    public boolean hasTangent() {
        return false;
    }

    int storedRows() {
        return matrix.transposed() ? columns() : rows();
    }

    private int storedColumns() {
        return matrix.transposed() ? rows() : columns();
    }

    /** @return how many stored rows to widen at once */
    int rowsAtOnce() {
        return Math.max(1, Math.min(storedRows(), AT_ONCE / Math.max(1, storedColumns())));
    }

    /** @return how many elements these rows have */
    long temporaries() {
        return (long) rowsAtOnce() * storedColumns();
    }

    /** @return stored rows, widened */
    Duals stored(int first, int count) {
        Duals rows = Duals.zeros(count, storedColumns(), false);
        for (int i = 0; i < count; i++) {
            widen(first + i, 0, storedColumns(), rows.v(), i * storedColumns());
        }
        return rows;
    }

    /** @return rows of the matrix, widened; zeros for the number -1 */
    Duals gather(int... numbers) {
        Duals rows = Duals.zeros(numbers.length, columns(), false);
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] >= 0 && !matrix.transposed()) {
                widen(numbers[i], 0, columns(), rows.v(), i * columns());
            }
            for (int j = 0; numbers[i] >= 0 && matrix.transposed() && j < columns(); j++) {
                widen(j, numbers[i], 1, rows.v(), i * columns() + j);
            }
        }
        return rows;
    }

    private void widen(int row, int first, int count, double[] target, int at) {
        float[] elements = new float[count];
        matrix.widen(row, first, count, elements, 0);
        for (int i = 0; i < count; i++) {
            target[at + i] = elements[i];
        }
    }

    /** @return the whole matrix, widened */
    Duals whole() {
        Duals stored = stored(0, storedRows());
        if (!matrix.transposed()) {
            return stored;
        }
        Duals whole = Duals.zeros(rows(), columns(), false);
        for (int i = 0; i < rows(); i++) {
            for (int j = 0; j < columns(); j++) {
                whole.v()[i * columns() + j] = stored.v()[j * rows() + i];
            }
        }
        return whole;
    }
}
