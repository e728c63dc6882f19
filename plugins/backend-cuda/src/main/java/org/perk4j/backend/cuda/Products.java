package org.perk4j.backend.cuda;

import org.perk4j.tensor.DType;

/** Products of matrices, with the product rule for their tangents. */
final class Products {

    private final Stream stream;
    private final Kernels kernels;
    private final Memory memory;
    private final FewRows fewRows;
    private final Stream.Precision precision;

    /** @param factors how floats are rounded before they are multiplied */
    Products(Stream stream, Kernels kernels, Memory memory, Factors factors) {
        this.stream = stream;
        this.kernels = kernels;
        this.memory = memory;
        this.fewRows = new FewRows(kernels);
        this.precision = memory.dtype() == DType.FLOAT64 ? Stream.Precision.FLOAT64 : switch (factors) {
            case FLOAT32 -> Stream.Precision.FLOAT32;
            case TFLOAT32 -> Stream.Precision.TFLOAT32;
            case BFLOAT16 -> Stream.Precision.BFLOAT16;
        };
    }

    /** {@code r = α·op(a)·op(b)}, plus {@code r} if {@code add}. If not, r must not have a tangent unless a or b has one. */
    void multiply(CudaTensor r, boolean add, double alpha, CudaTensor a, boolean transposeA, CudaTensor b,
                  boolean transposeB) {
        int k = transposeA ? a.rows() : a.columns();
        if (r.size() == 0) {
            return;
        }
        if (k == 0) {
            if (!add) {
                kernels.clear(r);
            }
            return;
        }
        if (isOfFewRows(r, a, transposeA, b, transposeB)) {
            fewRows.multiply(r, add ? r : null, alpha, a, b, transposeB);
            return;
        }
        Factor left = new Factor(a);
        Factor right = new Factor(b);
        try (left; right) {
            multiply(r, add, alpha, left, transposeA, right, transposeB, k);
        }
    }

    /** {@code r = α·a·op(b) + plus}. */
    void multiply(CudaTensor r, CudaTensor plus, double alpha, CudaTensor a, CudaTensor b, boolean transposeB) {
        if (r.size() > 0 && a.columns() > 0 && !plus.hasTangent() && isOfFewRows(r, a, false, b, transposeB)) {
            fewRows.multiply(r, plus, alpha, a, b, transposeB);
        } else {
            kernels.each("repeatRow", r.size(), r, plus, plus.size(), r.size());
            multiply(r, true, alpha, a, false, b, transposeB);
        }
    }

    /** {@code r = c + (x·Aᵀ)·Bᵀ}, with a pair of factors for each row. */
    void addOwn(CudaTensor r, CudaTensor c, CudaTensor x, CudaTensor a, CudaTensor b, int... chosen) {
        try (Memory.Temporary between = memory.temporary(x.rows(), b.columns(), false);
             Tables.Table numbers = kernels.table("factors", chosen)) {
            fewRows.multiplyOwn(between.tensor(), null, x, a, numbers);
            fewRows.multiplyOwn(r, c, between.tensor(), b, numbers);
        }
    }

    private boolean isOfFewRows(CudaTensor r, CudaTensor a, boolean transposeA, CudaTensor b, boolean transposeB) {
        return precision != Stream.Precision.BFLOAT16 && !transposeA && !r.hasTangent() && FewRows.takes(a, b, transposeB);
    }

    private void multiply(CudaTensor r, boolean add, double alpha, Factor a, boolean transposeA, Factor b,
                          boolean transposeB, int k) {
        int m = r.rows();
        int n = r.columns();
        double beta = add ? 1 : 0;
        if (transposeA) {
            stream.multiply(precision, m, n, k, alpha, a.value(), true, b.value(), transposeB, beta, r.address());
            if (a.of.hasTangent()) {
                stream.multiply(precision, m, n, k, alpha, a.tangent(), true, b.value(), transposeB, beta,
                        r.tangentAddress());
            }
        } else { // value and tangent are one matrix
            stream.multiply(precision, a.of.stackedRows(), n, k, alpha, a.value(), false, b.value(), transposeB, beta,
                    r.address());
        }
        if (b.of.hasTangent()) {
            stream.multiply(precision, m, n, k, alpha, a.value(), transposeA, b.tangent(), transposeB,
                    a.of.hasTangent() ? 1 : beta, r.tangentAddress());
        }
    }

    /** A factor: the matrix itself, or a temporary copy in bfloat16. */
    private final class Factor implements AutoCloseable {

        private final CudaTensor of;
        private final Memory.Temporary narrow;

        Factor(CudaTensor of) {
            this.of = of;
            long elements = of.hasTangent() ? 2 * of.size() : of.size();
            narrow = precision == Stream.Precision.BFLOAT16 ? memory.temporary(elements * Short.BYTES) : null;
            if (narrow != null) {
                kernels.each("toBfloat16", elements, narrow, of, elements);
            }
        }

        long value() {
            return narrow == null ? of.address() : narrow.address();
        }

        long tangent() {
            return narrow == null ? of.tangentAddress() : narrow.address() + of.size() * Short.BYTES;
        }

        @Override
        public void close() {
            if (narrow != null) {
                narrow.close();
            }
        }
    }
}
