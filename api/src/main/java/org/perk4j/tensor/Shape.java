package org.perk4j.tensor;

/**
 * The shape of a matrix. Every tensor of Perk4J is a matrix: a row vector is {@code 1×n}, a column {@code m×1}, a
 * scalar {@code 1×1}; token sequences are concatenated as rows (see {@link Segments}), so no further axis is needed.
 *
 * @param rows    number of rows, at least 0
 * @param columns number of columns, at least 0
 */
public record Shape(int rows, int columns) {

    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(1, 1);

    /** @throws IllegalArgumentException if a dimension is negative */
    public Shape {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("negative dimension: " + rows + "×" + columns);
        }
    }

    /** @return the number of elements */
    public long size() {
        return (long) rows * columns;
    }

    /** @return the shape of the transposed matrix */
    public Shape transposed() {
        return new Shape(columns, rows);
    }

    @Override
    public String toString() {
        return rows + "×" + columns;
    }
}
