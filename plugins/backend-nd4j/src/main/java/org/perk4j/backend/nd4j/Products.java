package org.perk4j.backend.nd4j;

/** Products of tensors, with the product rule for their tangents. */
final class Products {

    private final Workers workers;
    private final Gemm gemm;
    private final FewRows fewRows;
    private final Bfloat16FewRows bfloat16FewRows;
    private final PackedFewRows packedFewRows;

    Products(Workers workers, Memory memory, Gemm gemm) {
        this.workers = workers;
        this.gemm = gemm;
        fewRows = new FewRows(workers);
        bfloat16FewRows = new Bfloat16FewRows(workers, memory);
        packedFewRows = new PackedFewRows(workers);
    }

    /** {@code r = β·r + α·a·op(b)}; b may be narrow. If β is 0, r must not have a tangent unless a or b has one. */
    void multiply(FloatTensor r, float beta, float alpha, FloatTensor a, CpuTensor b, boolean transposeB) {
        boolean few = FewRows.suit(a.stackedRows(), r.columns(), a.columns(), transposeB);
        if (b instanceof FloatTensor floats) {
            multiply(r, beta, alpha, a, false, floats, transposeB);
        } else if (few && b instanceof Bfloat16Tensor halves && Bfloat16FewRows.suit(halves, transposeB)) {
            bfloat16FewRows.multiply(r, beta, alpha, a, halves, transposeB);
        } else if (few && b instanceof PackedTensor packed && PackedFewRows.suit(packed, transposeB)) {
            packedFewRows.multiply(r, beta, alpha, a, packed);
        } else {
            gemm.multiply(a.stackedRows(), r.columns(), a.columns(), alpha, a.address(0), Math.max(1, a.columns()), b,
                    transposeB, beta, r.address(0), Math.max(1, r.columns()));
        }
    }

    /** {@code r = β·r + α·op(a)·op(b)}. If β is 0, r must not have a tangent unless a or b has one. */
    void multiply(FloatTensor r, float beta, float alpha, FloatTensor a, boolean transposeA, FloatTensor b,
                  boolean transposeB) {
        int m = r.rows();
        int n = r.columns();
        int k = transposeA ? a.rows() : a.columns();
        int lda = Math.max(1, a.columns());
        int ldb = Math.max(1, b.columns());
        int ldc = Math.max(1, n);
        long tangent = r.address(r.tangentAt());
        if (transposeA) {
            gemm.multiply(m, n, k, alpha, a.address(0), lda, true, b.address(0), ldb, transposeB, beta, r.address(0), ldc);
            if (a.hasTangent()) {
                gemm.multiply(m, n, k, alpha, a.address(a.tangentAt()), lda, true, b.address(0), ldb, transposeB, beta,
                        tangent, ldc);
            }
        } else if (FewRows.suit(a.stackedRows(), n, k, transposeB)) {
            fewRows.multiply(r, beta, alpha, a, b, transposeB);
        } else {
            gemm.multiply(a.stackedRows(), n, k, alpha, a.address(0), lda, false, b.address(0), ldb, transposeB, beta,
                    r.address(0), ldc);
        }
        if (b.hasTangent()) {
            gemm.multiply(m, n, k, alpha, a.address(0), lda, transposeA, b.address(b.tangentAt()), ldb, transposeB,
                    a.hasTangent() ? 1 : beta, tangent, ldc);
        }
    }

    /** The tangent of {@code r = x·op(weight)} alone; x has one. */
    void multiplyTangent(FloatTensor r, FloatTensor x, CpuTensor weight, boolean transposed) {
        gemm.multiply(x.rows(), r.columns(), x.columns(), 1, x.address(x.tangentAt()), Math.max(1, x.columns()), weight,
                transposed, 0, r.address(r.tangentAt()), Math.max(1, r.columns()));
    }

    /** Fills {@code r} with copies of {@code row}. */
    void repeat(FloatTensor r, FloatTensor row) {
        int n = r.columns();
        workers.run(r.stackedRows(), Math.max(1, 16_384 / Math.max(1, n)), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                if (i < r.rows()) {
                    Rows.copy(r.bytes(), i * n, row.bytes(), 0, n);
                } else if (row.hasTangent()) {
                    Rows.copy(r.bytes(), i * n, row.bytes(), n, n);
                } else {
                    Rows.fill(r.bytes(), i * n, n, 0);
                }
            }
        });
    }
}
