package org.perk4j.backend.cuda;

/** Sums over rows and over everything, in an order that depends on the shape only: in chunks, then over these. */
final class Reductions {

    /** The number of rows that one thread sums. */
    static final int CHUNK = 64;

    private static final int MOST_PARTS = 256;

    private final Kernels kernels;
    private final Memory memory;

    Reductions(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /** {@code r}, {@code 1×n}, becomes the sum of the rows of {@code a}. */
    void sumRows(CudaTensor r, CudaTensor a) {
        int m = a.rows();
        int n = a.columns();
        int chunks = (int) Kernels.blocks(m, CHUNK);
        if (m == 0) {
            kernels.clear(r);
        } else if (chunks == 1) {
            kernels.each("sumRows", n, r, a, m, n, CHUNK);
        } else {
            try (Memory.Temporary parts = memory.temporary(chunks, n, a.hasTangent())) {
                kernels.each("sumRows", (long) chunks * n, parts.tensor(), a, m, n, CHUNK);
                sumRows(r, parts.tensor());
            }
        }
    }

    /** {@code r}, {@code 1×1}, becomes the inner product of two matrices of one shape. */
    void dot(CudaTensor r, CudaTensor a, CudaTensor b) {
        int blocks = (int) Math.min(MOST_PARTS, Kernels.blocks(a.size(), Stream.BLOCK));
        try (Memory.Temporary parts = memory.temporary(blocks, 1, r.hasTangent())) {
            kernels.launch("dotParts", blocks, parts.tensor(), a, b, a.size());
            sumRows(r, parts.tensor());
        }
    }
}
