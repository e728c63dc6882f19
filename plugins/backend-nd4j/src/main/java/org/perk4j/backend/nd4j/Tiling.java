package org.perk4j.backend.nd4j;

/**
 * Cuts the second factor of a product into tiles, each of which is converted just before it is multiplied, so that it is
 * still in the core's cache then.
 *
 * @param transposed whether the stored matrix is the factor's transpose
 * @param k          the inner dimension of the product
 * @param n          the number of columns of the result
 * @param depth      the number of inner elements of a tile
 * @param width      the number of columns of a tile
 */
record Tiling(boolean transposed, int k, int n, int depth, int width) {

    /** Elements of a tile: together with the library's packed copy they fit into a core's own cache. */
    private static final int ELEMENTS = 160 << 10;

    /** Inner elements of a tile: enough to keep a library's kernels busy. */
    private static final int DEPTH = 1024;

    /** Processes a tile on the thread with the given lane; tiles with the same columns come in order. */
    @FunctionalInterface
    interface Body {
        void run(Tile tile, int lane);
    }

    /**
     * Part of the factor.
     *
     * @param transposed whether its rows and columns in the stored matrix are the factor's columns and inner elements
     */
    record Tile(boolean transposed, int inner, int innerEnd, int column, int columnEnd) {

        int depth() {
            return innerEnd - inner;
        }

        int width() {
            return columnEnd - column;
        }

        /** @return the first row in the stored matrix */
        int row() {
            return transposed ? column : inner;
        }

        /** @return the number of rows in the stored matrix */
        int rows() {
            return transposed ? width() : depth();
        }

        /** @return the first column in the stored matrix */
        int rowStart() {
            return transposed ? inner : column;
        }

        /** @return the length of such a row */
        int rowLength() {
            return transposed ? depth() : width();
        }
    }

    /** Makes a tiling with an even number of tiles side by side. */
    static Tiling of(boolean transposed, int k, int n) {
        int depth = share(k, DEPTH, 1);
        return new Tiling(transposed, k, n, depth, share(n, ELEMENTS / depth, 2));
    }

    /** @return the size of equal parts of whole panels, at most {@code most}, whose number is divisible by {@code count} */
    private static int share(int whole, int most, int count) {
        int parts = (whole + most - 1) / most;
        parts = (parts + count - 1) / count * count;
        int unit = Bfloat16Tensor.PANEL;
        return Math.max(unit, ((whole + parts - 1) / parts + unit - 1) / unit * unit);
    }

    /** @return the number of elements of the largest tile */
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
