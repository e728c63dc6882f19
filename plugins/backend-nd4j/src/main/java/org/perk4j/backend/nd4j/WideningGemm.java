package org.perk4j.backend.nd4j;

/** Products with matrices of any type: those that aren't of floats are widened tile by tile. */
final class WideningGemm implements Gemm {

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
    public void multiply(int m, int n, int k, float alpha, long a, int lda, NarrowTensor b, boolean transposeB, float beta,
                         long c, int ldc) {
        Tiling tiling = Tiling.of(transposeB != b.turned(), k, n);
        try (Memory.Temporary tiles = memory.temporary((long) tiling.elements() * workers.lanes())) {
            tiling.forEach(workers, (tile, lane) -> {
                int at = lane * tiling.elements();
                widen(b, tile, tiles, at);
                gemm.multiply(lane, m, tile.width(), tile.depth(), alpha, a + (long) tile.inner() * Float.BYTES, lda, false,
                        tiles.address(at), tile.rowLength(), tile.transposed(), tile.inner() == 0 ? beta : 1,
                        c + (long) tile.column() * Float.BYTES, ldc);
            });
        }
    }

    /** Widens a tile and stores it without gaps between its rows. */
    static void widen(NarrowTensor b, Tiling.Tile tile, Memory.Temporary tiles, int at) {
        int ld = tile.rowLength();
        for (int i = 0; i < tile.rows(); i++) {
            b.widen(tile.row() + i, tile.rowStart(), ld, tiles.bytes(), at + i * ld);
        }
    }

    /** Widens a whole matrix. */
    void widen(FloatTensor r, CpuTensor b) {
        int n = b.columns();
        if (b instanceof PackedTensor packed && packed.turned()) {
            workers.run(n, Math.max(1, 16_384 / Math.max(1, b.rows())), (from, to, lane) -> {
                for (int j = from; j < to; j++) {
                    packed.copyColumn(j, r.floats());
                }
            });
            return;
        }
        workers.run(b.rows(), Math.max(1, 16_384 / Math.max(1, n)), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                b.copyRow(i, r.bytes(), i * n);
            }
        });
    }
}
