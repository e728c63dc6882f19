package org.perk4j.compute;

/** Products of matrices of dual numbers, by the product rule. */
record DualProducts(Products products) {

    Duals multiply(Duals a, boolean transposeA, Factor b, boolean transposeB) {
        Duals c = Duals.zeros(transposeA ? a.columns() : a.rows(), transposeB ? b.rows() : b.columns(),
                a.hasTangent() || b.hasTangent());
        add(c, 1, a, transposeA, b, transposeB);
        return c;
    }

    /** Adds {@code α·op(a)·op(b)} to {@code c}; a must not be transposed if b is packed. */
    void add(Duals c, double alpha, Duals a, boolean transposeA, Factor b, boolean transposeB) {
        if (b instanceof PackedFactor packed) {
            add(c, alpha, a, packed, transposeB);
        } else {
            add(c, alpha, a, transposeA, (Duals) b, transposeB);
        }
    }

    /** Stored rows give either columns of the product, or terms of its elements. */
    private void add(Duals c, double alpha, Duals a, PackedFactor b, boolean transposeB) {
        boolean columns = transposeB != b.matrix().transposed();
        for (int first = 0; first < b.storedRows(); first += b.rowsAtOnce()) {
            int count = Math.min(b.rowsAtOnce(), b.storedRows() - first);
            Duals part = b.stored(first, count);
            if (columns) {
                c.addBlock(0, first, multiply(alpha, a, part));
            } else {
                add(c, alpha, a.block(0, a.rows(), first, count), false, part, false);
            }
        }
    }

    private Duals multiply(double alpha, Duals a, Duals transposedB) {
        Duals c = Duals.zeros(a.rows(), transposedB.rows(), a.hasTangent());
        add(c, alpha, a, false, transposedB, true);
        return c;
    }

    private void add(Duals c, double alpha, Duals a, boolean transposeA, Duals b, boolean transposeB) {
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
