package org.perk4j.backend.nd4j;

/**
 * How a constant k×n matrix is cut into tiles, each to be brought into another form just before it is multiplied with, so that
 * it is still in a core's own cache then.
 *
 * @param k     inner dimension of the product
 * @param n     columns of the result
 * @param depth inner elements of a tile
 * @param width columns of a tile
 */
record Tiling(int k, int n, int depth, int width) {

    /** Inner elements of a tile: so many keep a library's kernels busy. */
    private static final int DEPTH = 1024;

    /** What to do with a tile, on the thread that has the lane: those with the same columns come in order, from the first inner
     * element on. */
    @FunctionalInterface
    interface Body {
        void tile(int inner, int innerEnd, int column, int columnEnd, int lane);
    }

    /** Tiles of at most so many elements; an even number of them side by side. */
    static Tiling of(int k, int n, int elements) {
        int depth = share(k, DEPTH, 1);
        return new Tiling(k, n, depth, share(n, elements / depth, 2));
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
                body.tile(inner, Math.min(k, inner + depth), from, to, lane);
            }
        });
    }
}
