package org.perk4j.compute;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A matrix of dual numbers, row by row. Modified only by the operation that creates it.
 *
 * @param v the values
 * @param t the tangents, or null for none
 */
record Duals(int rows, int columns, double[] v, double[] t) implements Factor {

    static Duals zeros(int rows, int columns, boolean tangent) {
        int size = Math.multiplyExact(rows, columns);
        return new Duals(rows, columns, new double[size], tangent ? new double[size] : null);
    }

    @Override
    public boolean hasTangent() {
        return t != null;
    }

    /** The tangent of element {@code i}, 0 if there is none. */
    double t(int i) {
        return t == null ? 0 : t[i];
    }

    Dual at(int row, int column) {
        int i = row * columns + column;
        return new Dual(v[i], t(i));
    }

    Dual[] row(int row) {
        Dual[] duals = new Dual[columns];
        Arrays.setAll(duals, j -> at(row, j));
        return duals;
    }

    void set(int row, int column, Dual dual) {
        int i = row * columns + column;
        v[i] = dual.v();
        if (t != null) {
            t[i] = dual.t();
        }
    }

    void add(int row, int column, Dual dual) {
        set(row, column, at(row, column).plus(dual));
    }

    /** A copy of {@code count×width} elements. */
    Duals block(int row, int count, int column, int width) {
        Duals block = zeros(count, width, hasTangent());
        for (int i = 0; i < count; i++) {
            block.copyRow(i, 0, this, row + i, column, width);
        }
        return block;
    }

    /** Copies {@code width} elements of a row of {@code source}; if that has no tangent, the tangent here is unchanged. */
    void copyRow(int row, int column, Duals source, int sourceRow, int sourceColumn, int width) {
        int from = sourceRow * source.columns + sourceColumn;
        int to = row * columns + column;
        System.arraycopy(source.v, from, v, to, width);
        if (source.hasTangent()) {
            System.arraycopy(source.t, from, t, to, width);
        }
    }

    void addBlock(int row, int column, Duals block) {
        for (int i = 0; i < block.rows; i++) {
            for (int j = 0; j < block.columns; j++) {
                add(row + i, column + j, block.at(i, j));
            }
        }
    }

    /** The inner product of a row with one of another matrix. */
    Dual inner(int row, Duals other, int otherRow) {
        Dual sum = Dual.ZERO;
        for (int j = 0; j < columns; j++) {
            sum = sum.plus(at(row, j).times(other.at(otherRow, j)));
        }
        return sum;
    }

    /** Replaces each element by {@code cap·tanh(x/cap)}; an infinite cap changes nothing. */
    void cap(double cap) {
        for (int row = 0; row < rows && cap < Double.POSITIVE_INFINITY; row++) {
            for (int column = 0; column < columns; column++) {
                set(row, column, at(row, column).capped(cap));
            }
        }
    }

    /**
     * Turns the elements of a row from {@code first} to before {@code end} into probabilities proportional to their
     * exponentials, and the others into 0.
     *
     * @return the logarithm of the sum of the exponentials
     */
    Dual softmax(int row, int first, int end) {
        int start = row * columns;
        int from = start + first;
        int to = start + end;
        double max = Arrays.stream(v, from, to).max().orElseThrow();
        for (int i = from; i < to; i++) {
            v[i] = Math.exp(v[i] - max);
        }
        // A DoubleStream's sum is compensated: over a vocabulary, plain summation would lose digits of the tangents.
        double sum = Arrays.stream(v, from, to).sum();
        for (int i = from; i < to; i++) {
            v[i] /= sum;
        }
        double mean = t == null ? 0 : IntStream.range(from, to).mapToDouble(i -> v[i] * t[i]).sum();
        Arrays.fill(v, start, from, 0);
        Arrays.fill(v, to, start + columns, 0);
        if (t != null) {
            for (int i = from; i < to; i++) {
                t[i] = v[i] * (t[i] - mean);
            }
            Arrays.fill(t, start, from, 0);
            Arrays.fill(t, to, start + columns, 0);
        }
        return new Dual(max + Math.log(sum), mean);
    }
}
