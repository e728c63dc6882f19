package org.perk4j.backend.nd4j;

/**
 * How the second factor of a product is cut into tiles, each to be brought into another form just before it is multiplied
 * with, so that it is still in a core's own cache then.
 *
 * @param transposed whether the matrix that is held is the factor's transpose
 * @param k          inner dimension of the product
 * @param n          columns of the result
 * @param depth      inner elements of a tile
 * @param width      columns of a tile
 */
record Tiling(boolean transposed, int k, int n, int depth, int width) {

    /** Elements of a tile: with what a library packs of it, they fit into a core's own cache. */
    private static final int ELEMENTS = 160 << 10;

    /** Inner elements of a tile: so many keep a library's kernels busy. */
    private static final int DEPTH = 1024;

    /** What to do with a tile, on the thread that has the lane: those with the same columns come in order. */
    @FunctionalInterface
    interface Body {
        void run(Tile tile, int lane);
    }

    /**
     * Part of the factor.
     *
     * @param transposed whether its rows and columns in the matrix that is held are the factor's columns and inner elements
     */
    record Tile(boolean transposed, int inner, int innerEnd, int column, int columnEnd) {

        int depth() {
            return innerEnd - inner;
        }

        int width() {
            return columnEnd - column;
        }

        /** @return the first row in the matrix that is held */
        int row() {
            return transposed ? column : inner;
        }

        /** @return rows in the matrix that is held */
        int rows() {
            return transposed ? width() : depth();
        }

        /** @return the first column in the matrix that is held */
        int rowStart() {
            return transposed ? inner : column;
        }

        /** @return how long such a row is */
        int rowLength() {
            return transposed ? depth() : width();
        }
    }

    /** An even number of tiles side by side. */
    static Tiling of(boolean transposed, int k, int n) {
        int depth = share(k, DEPTH, 1);
        return new Tiling(transposed, k, n, depth, share(n, ELEMENTS / depth, 2));
    }

    /** @return the whole as even parts of at most so many, in numbers divisible by {@code count}, along whole panels */
    private static int share(int whole, int most, int count) {
        int parts = (whole + most - 1) / most;
        parts = (parts + count - 1) / count * count;
        int unit = Bfloat16Tensor.PANEL;
        return Math.max(unit, ((whole + parts - 1) / parts + unit - 1) / unit * unit);
    }

    /** @return elements of the largest tile */
    int elements() {
        return depth * width;
    }

    /** Goes through all tiles, with all workers. */
    void forEach(Workers workers, Body body) {
        workers.run(n, width, (from, to, lane) -> {
            for (int inner = 0; inner < k; inner += depth) {
                body.run(new Tile(transposed, inner, Math.min(k, inner + depth), from, to), lane);
            }
        });
    }
}
