package org.perk4j.backend.nd4j;

/**
 * Products of factors that are rounded to bfloat16, summed as floats: twice as fast on processors with instructions for
 * that. Products that would not gain from it, by their shape, are passed on unrounded: those of few rows, or with adapters'
 * narrow factors.
 *
 * <p>The first factor is rounded as a whole, the second tile by tile.
 */
final class RoundingGemm implements Gemm, AutoCloseable {

    /** With fewer rows, or a smaller inner dimension, rounding costs as much as it saves. */
    private static final int FEWEST_ROWS = 16;
    private static final int SHORTEST = 64;

    /** Narrower results have fewer than two tiles side by side. */
    private static final int NARROWEST = 128;

    /** The number of elements that a worker rounds at once. */
    private static final int GRAIN = 1 << 16;

    private final Workers workers;
    private final Memory memory;
    private final Gemm unrounded;
    private final OneDnnBfloat16[] lanes;

    RoundingGemm(Workers workers, Memory memory, Gemm unrounded) {
        this.workers = workers;
        this.memory = memory;
        this.unrounded = unrounded;
        lanes = new OneDnnBfloat16[workers.lanes()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new OneDnnBfloat16();
        }
    }

    /** Provides tiles of the second factor, without gaps between their rows. */
    @FunctionalInterface
    private interface Source {
        void round(Tiling.Tile tile, int lane, long to);
    }

    private static boolean suit(int m, int n, int k, float alpha, float beta) {
        return m >= FEWEST_ROWS && n >= NARROWEST && k >= SHORTEST && alpha == 1 && (beta == 0 || beta == 1);
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb,
                         boolean transposeB, float beta, long c, int ldc) {
        if (!suit(m, n, k, alpha, beta)) {
            unrounded.multiply(m, n, k, alpha, a, lda, transposeA, b, ldb, transposeB, beta, c, ldc);
            return;
        }
        multiply(m, a, lda, transposeA, Tiling.of(transposeB, k, n), (tile, lane, to) -> lanes[lane].round(tile.rows(),
                tile.rowLength(), b + ((long) tile.row() * ldb + tile.rowStart()) * Float.BYTES, ldb, to), beta, c, ldc);
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, NarrowTensor b, boolean transposeB, float beta,
                         long c, int ldc) {
        if (!suit(m, n, k, alpha, beta)) {
            unrounded.multiply(m, n, k, alpha, a, lda, b, transposeB, beta, c, ldc);
            return;
        }
        Tiling tiling = Tiling.of(transposeB != b.turned(), k, n);
        try (Memory.Temporary wide = memory.temporary((long) tiling.elements() * lanes.length)) {
            multiply(m, a, lda, false, tiling, (tile, lane, to) -> {
                int at = lane * tiling.elements();
                WideningGemm.widen(b, tile, wide, at);
                lanes[lane].round(tile.rows(), tile.rowLength(), wide.address(at), tile.rowLength(), to);
            }, beta, c, ldc);
        }
    }

    private void multiply(int m, long a, int lda, boolean transposeA, Tiling tiling, Source b, float beta, long c, int ldc) {
        int rows = transposeA ? tiling.k() : m;
        int columns = transposeA ? m : tiling.k();
        try (Memory.Temporary left = halves((long) rows * columns);
                Memory.Temporary tiles = halves((long) tiling.elements() * lanes.length)) {
            long rounded = left.address(0);
            workers.run(rows, Math.max(1, GRAIN / columns), (from, to, lane) -> lanes[lane].round(to - from, columns,
                    a + (long) from * lda * Float.BYTES, lda, rounded + (long) from * columns * Short.BYTES));
            tiling.forEach(workers, (tile, lane) -> {
                long right = tiles.address(0) + (long) lane * tiling.elements() * Short.BYTES;
                b.round(tile, lane, right);
                lanes[lane].multiply(m, tile.width(), tile.depth(),
                        rounded + (long) tile.inner() * (transposeA ? columns : 1) * Short.BYTES, columns, transposeA, right,
                        tile.rowLength(), tile.transposed(), tile.inner() > 0 || beta == 1,
                        c + (long) tile.column() * Float.BYTES, ldc);
            });
        }
    }

    /** @return memory for {@code count} numbers of half a float's size */
    private Memory.Temporary halves(long count) {
        return memory.temporary((count + 1) / 2);
    }

    @Override
    public void close() {
        for (OneDnnBfloat16 lane : lanes) {
            lane.close();
        }
    }
}
