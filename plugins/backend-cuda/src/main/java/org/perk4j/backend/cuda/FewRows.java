package org.perk4j.backend.cuda;

/**
 * Products of few rows with a matrix, such as those of decoding, which take as long as it takes to read the matrix. For
 * these cuBLAS's tiles of many rows are slow.
 */
final class FewRows {

    /** The most rows; of a transposed matrix, beside whose columns the rows take more time to be read, fewer. */
    private static final int MOST = 64;
    private static final int MOST_TRANSPOSED = 16;

    /** As in kernels.cu. */
    private static final int ROWS_OF_BLOCK = 8;
    private static final int STRIP = 16;
    static final int QUAD = 4;
    private static final int WARP = 32;
    private static final int WARPS = Stream.BLOCK / WARP;

    /** So many warps read a matrix fast. */
    private static final int ENOUGH_WARPS = 1024;

    private final Kernels kernels;

    FewRows(Kernels kernels) {
        this.kernels = kernels;
    }

    /** @return whether this is for products of these matrices: few rows, without tangents, in whole quads */
    static boolean takes(CudaTensor x, CudaTensor w, boolean transposed) {
        return x.rows() <= (transposed ? MOST_TRANSPOSED : MOST) && !x.hasTangent() && !w.hasTangent() && areQuads(x, w);
    }

    /** @return whether all rows of all of them can be read in quads */
    static boolean areQuads(CudaTensor... all) {
        for (CudaTensor each : all) {
            if (each.columns() % QUAD != 0 || !isAligned(each)) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@code r = α·x·op(w) + plus}.
     *
     * @param plus as large as r, a row for each row of r, or null for none; it may be r
     */
    void multiply(CudaTensor r, CudaTensor plus, double alpha, CudaTensor x, CudaTensor w, boolean transposed) {
        int m = r.rows();
        int n = r.columns();
        int k = x.columns();
        long stride = plus == null || plus.rows() < m ? 0 : n;
        long tiles = Kernels.blocks(m, ROWS_OF_BLOCK);
        if (transposed) {
            int split = split(Kernels.blocks(n, QUAD), k);
            kernels.launch("fewRowsTransposed", tiles * Kernels.blocks(n, WARPS / split * QUAD), r, plus, stride, x, w,
                    alpha, m, n, k, split);
        } else {
            kernels.launch("fewRows", tiles * Kernels.blocks(n, STRIP), r, plus, stride, x, w, alpha, m, n, k);
        }
    }

    /**
     * {@code r = x·Wᵀ + plus}, with a W for each row.
     *
     * @param plus   null for none
     * @param blocks as many rows for each W as r has columns
     * @param chosen the number of each row's W
     */
    void multiplyOwn(CudaTensor r, CudaTensor plus, CudaTensor x, CudaTensor blocks, Tables.Table chosen) {
        int k = x.columns();
        int lanes = 1;
        while (lanes < WARP && lanes * QUAD < k) {
            lanes *= 2;
        }
        kernels.each("ownProducts", r.size() * lanes, r, plus, x, blocks, chosen, r.columns(), k, lanes, r.size());
    }

    /** @return how many warps make one sum; not dependent on the other rows, so that a row is the same beside any */
    private static int split(long warps, int k) {
        int split = 1;
        while (split < WARPS && split * warps < ENOUGH_WARPS && split * WARP * QUAD < k) {
            split *= 2;
        }
        return split;
    }

    /** @return whether it begins where a quad can be read at once */
    private static boolean isAligned(CudaTensor tensor) {
        return tensor.address() % Stream.ARGUMENT == 0;
    }
}
