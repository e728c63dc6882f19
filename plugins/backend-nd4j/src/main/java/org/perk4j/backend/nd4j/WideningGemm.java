package org.perk4j.backend.nd4j;

/**
 * Products with matrices in either type: one in bfloat16 is widened tile by tile, each just before it is multiplied with, so
 * that it is still in the caches then.
 */
final class WideningGemm {

    /** Elements of a widened tile: with what the library packs of it, they fit into a core's own cache. */
    private static final int TILE = 160 << 10;

    /** Inner elements of a tile: so many keep a library's kernels busy. */
    private static final int DEPTH = 1024;

    private final Workers workers;
    private final Memory memory;
    private final Gemm gemm;

    WideningGemm(Workers workers, Memory memory, Gemm gemm) {
        this.workers = workers;
        this.memory = memory;
        this.gemm = gemm;
    }

    /** {@code c = β·c + α·a·op(b)}, with all workers. The result is m×n, k is the inner dimension. */
    void multiply(int m, int n, int k, float alpha, long a, int lda, OwnedTensor b, boolean transposeB, float beta, long c,
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
        int depth = share(k, DEPTH, 1);
        int width = share(n, TILE / depth, 2);
        try (Memory.Temporary tiles = memory.temporary((long) depth * width * workers.lanes())) {
            workers.run(n, width, (from, to, lane) -> {
                int at = lane * depth * width;
                for (int inner = 0; inner < k; inner += depth) {
                    int end = Math.min(k, inner + depth);
                    int ld = transposed ? end - inner : to - from;
                    if (transposed) {
                        widen(b, from, to, inner, end, tiles, at);
                    } else {
                        widen(b, inner, end, from, to, tiles, at);
                    }
                    gemm.multiply(lane, m, to - from, end - inner, alpha, a + (long) inner * Float.BYTES, lda, false,
                            tiles.address(at), ld, transposed, inner == 0 ? beta : 1, c + (long) from * Float.BYTES, ldc);
                }
            });
        }
    }

    /** @return the whole as even parts of at most so many, in numbers divisible by {@code count}, along whole panels */
    private static int share(int whole, int most, int count) {
        int parts = (whole + most - 1) / most;
        parts = (parts + count - 1) / count * count;
        int unit = Bfloat16Tensor.PANEL;
        return Math.max(unit, ((whole + parts - 1) / parts + unit - 1) / unit * unit);
    }

    private static void widen(Bfloat16Tensor b, int row, int lastRow, int column, int lastColumn, Memory.Temporary tiles,
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
