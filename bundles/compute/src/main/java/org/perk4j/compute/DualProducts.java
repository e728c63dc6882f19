package org.perk4j.compute;

/** Products of matrices of dual numbers, by the product rule. */
record DualProducts(Products products) {

    Duals multiply(Duals a, boolean transposeA, Duals b, boolean transposeB) {
        Duals c = Duals.zeros(transposeA ? a.columns() : a.rows(), transposeB ? b.rows() : b.columns(),
                a.hasTangent() || b.hasTangent());
        add(c, 1, a, transposeA, b, transposeB);
        return c;
    }

    /** Adds {@code α·op(a)·op(b)} to {@code c}. */
    void add(Duals c, double alpha, Duals a, boolean transposeA, Duals b, boolean transposeB) {
        int m = c.rows();
        int n = c.columns();
        int k = transposeA ? a.rows() : a.columns();
        products.addProduct(c.v(), alpha, a.v(), transposeA, b.v(), transposeB, m, n, k);
        if (a.hasTangent()) {
            products.addProduct(c.t(), alpha, a.t(), transposeA, b.v(), transposeB, m, n, k);
        }
        if (b.hasTangent()) {
            products.addProduct(c.t(), alpha, a.v(), transposeA, b.t(), transposeB, m, n, k);
        }
    }
}
