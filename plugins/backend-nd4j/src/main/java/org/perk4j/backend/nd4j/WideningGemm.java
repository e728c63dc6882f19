package org.perk4j.backend.nd4j;

/** Products with matrices in either type: one in bfloat16 is widened tile by tile. */
final class WideningGemm implements Gemm {

    /** Elements of a widened tile: with what the library packs of it, they fit into a core's own cache. */
    private static final int TILE = 160 << 10;

    private final Workers workers;
    private final Memory memory;
    private final FloatGemm gemm;

    WideningGemm(Workers workers, Memory memory, FloatGemm gemm) {
        this.workers = workers;
        this.memory = memory;
        this.gemm = gemm;
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, boolean transposeA, long b, int ldb,
                         boolean transposeB, float beta, long c, int ldc) {
        gemm.multiply(m, n, k, alpha, a, lda, transposeA, b, ldb, transposeB, beta, c, ldc);
    }

    @Override
    public void multiply(int m, int n, int k, float alpha, long a, int lda, OwnedTensor b, boolean transposeB, float beta, long c,
                  int ldc) {
        if (b instanceof Bfloat16Tensor narrow) {
            multiply(m, n, k, alpha, a, lda, narrow, transposeB, beta, c, ldc);
        } else {
            gemm.multiply(m, n, k, alpha, a, lda, false, ((FloatTensor) b).address(0), Math.max(1, b.columns()), transposeB,
                    beta, c, ldc);
        }
    }

    private void multiply(int m, int n, int k, float alpha, long a, int lda, Bfloat16Tensor b, boolean transposeB, float beta,
                          long c, int ldc) {
        boolean transposed = transposeB != b.turned();
        Tiling tiling = Tiling.of(k, n, TILE);
        try (Memory.Temporary tiles = memory.temporary((long) tiling.elements() * workers.lanes())) {
            tiling.forEach(workers, (inner, innerEnd, column, columnEnd, lane) -> {
                int at = lane * tiling.elements();
                int depth = innerEnd - inner;
                int width = columnEnd - column;
                if (transposed) {
                    widen(b, column, columnEnd, inner, innerEnd, tiles, at);
                } else {
                    widen(b, inner, innerEnd, column, columnEnd, tiles, at);
                }
                gemm.multiply(lane, m, width, depth, alpha, a + (long) inner * Float.BYTES, lda, false, tiles.address(at),
                        transposed ? depth : width, transposed, inner == 0 ? beta : 1, c + (long) column * Float.BYTES, ldc);
            });
        }
    }

    /** Widens a tile, which gets dense. */
    static void widen(Bfloat16Tensor b, int row, int lastRow, int column, int lastColumn, Memory.Temporary tiles,
                              int at) {
        int ld = lastColumn - column;
        for (int i = row; i < lastRow; i++) {
            b.widen(i, column, ld, tiles.bytes(), at + (i - row) * ld);
        }
    }

    /** Widens a whole matrix. */
    void widen(FloatTensor r, Bfloat16Tensor b) {
        int n = b.columns();
        workers.run(b.rows(), Math.max(1, 16_384 / Math.max(1, n)), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                b.copyRow(i, r.bytes(), i * n);
            }
        });
    }
}
