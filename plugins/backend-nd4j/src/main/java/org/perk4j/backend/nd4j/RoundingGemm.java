package org.perk4j.backend.nd4j;

/**
 * Products of numbers that are rounded to bfloat16, summed as floats: twice as fast on processors with instructions for that. By
 * their shape, those that would gain nothing are left to another, and aren't rounded: of few rows, with adapters' narrow factors.
 *
 * <p>The first factor is rounded as a whole, the second tile by tile.
 */
final class RoundingGemm implements Gemm, AutoCloseable {

    /** With fewer rows, or a smaller inner dimension, rounding takes what it saves. */
    private static final int FEWEST_ROWS = 16;
    private static final int SHORTEST = 64;

    /** Narrower results have less than two tiles side by side. */
    private static final int NARROWEST = 128;

    /** Elements of a rounded tile: with what the library packs of it, they fit into a core's own cache. */
    private static final int TILE = 160 << 10;

    /** Elements that a worker rounds at once. */
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

    /** What the second factor is made a tile of, without gaps between its rows. */
    @FunctionalInterface
    private interface Source {
        void round(int row, int lastRow, int column, int lastColumn, int lane, long tile);
    }

    private static boolean suit(int m, int n, int k, float alpha, float beta) {
        return m >= FEWEST_ROWS && n >= NARROWEST && k >= SHORTEST && alpha == 1 && (beta == 0 || beta == 1);
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb,
                         boolean transposeB, float beta, long c, int ldc) {
        if (suit(m, n, k, alpha, beta)) {
            multiply(m, n, k, a, lda, transposeA, floats(b, ldb), transposeB, beta, c, ldc);
        } else {
            unrounded.multiply(m, n, k, alpha, a, lda, transposeA, b, ldb, transposeB, beta, c, ldc);
        }
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, OwnedTensor b, boolean transposeB, float beta, long c,
                         int ldc) {
        if (!suit(m, n, k, alpha, beta)) {
            unrounded.multiply(m, n, k, alpha, a, lda, b, transposeB, beta, c, ldc);
        } else if (b instanceof Bfloat16Tensor narrow) {
            int elements = Tiling.of(k, n, TILE).elements();
            try (Memory.Temporary wide = memory.temporary((long) elements * lanes.length)) {
                multiply(m, n, k, a, lda, false, narrow(narrow, wide, elements), transposeB != narrow.turned(), beta, c, ldc);
            }
        } else {
            multiply(m, n, k, a, lda, false, floats(((FloatTensor) b).address(0), b.columns()), transposeB, beta, c, ldc);
        }
    }

    private Source floats(long b, int ldb) {
        return (row, lastRow, column, lastColumn, lane, tile) -> lanes[lane].round(lastRow - row, lastColumn - column,
                b + ((long) row * ldb + column) * Float.BYTES, ldb, tile);
    }

    /** @param wide room for a tile of floats for each lane, one behind the other */
    private Source narrow(Bfloat16Tensor b, Memory.Temporary wide, int elements) {
        return (row, lastRow, column, lastColumn, lane, tile) -> {
            int at = elements * lane;
            WideningGemm.widen(b, row, lastRow, column, lastColumn, wide, at);
            lanes[lane].round(lastRow - row, lastColumn - column, wide.address(at), lastColumn - column, tile);
        };
    }

    private void multiply(int m, int n, int k, long a, int lda, boolean transposeA, Source b, boolean transposeB, float beta,
                          long c, int ldc) {
        int rows = transposeA ? k : m;
        int columns = transposeA ? m : k;
        Tiling tiling = Tiling.of(k, n, TILE);
        try (Memory.Temporary left = halves((long) rows * columns);
                Memory.Temporary tiles = halves((long) tiling.elements() * lanes.length)) {
            long rounded = left.address(0);
            workers.run(rows, Math.max(1, GRAIN / columns), (from, to, lane) -> lanes[lane].round(to - from, columns,
                    a + (long) from * lda * Float.BYTES, lda, rounded + (long) from * columns * Short.BYTES));
            tiling.forEach(workers, (inner, innerEnd, column, columnEnd, lane) -> {
                int depth = innerEnd - inner;
                int width = columnEnd - column;
                long tile = tiles.address(0) + (long) lane * tiling.elements() * Short.BYTES;
                if (transposeB) {
                    b.round(column, columnEnd, inner, innerEnd, lane, tile);
                } else {
                    b.round(inner, innerEnd, column, columnEnd, lane, tile);
                }
                lanes[lane].multiply(m, width, depth, rounded + (long) inner * (transposeA ? columns : 1) * Short.BYTES, columns,
                        transposeA, tile, transposeB ? depth : width, transposeB, inner > 0 || beta == 1,
                        c + (long) column * Float.BYTES, ldc);
            });
        }
    }

    /** @return room for so many numbers of half a float's size */
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
