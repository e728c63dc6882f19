package org.perk4j.backend.portable;

import org.perk4j.tensor.Heads;

/**
 * Causal attention within one sequence, head by head: {@code O = P·V} with {@code P = softmax(Q·Kᵀ/√d)}, each query
 * seeing the keys up to its own.
 */
record CausalAttention(DualProducts products, Heads heads) {

    /** The attention of rows {@code first …} of {@code packed}, into the same rows of {@code out}. */
    void forward(Duals packed, Duals out, int first, int length) {
        for (int head = 0; head < heads.queries(); head++) {
            out.addBlock(first, head * heads.size(), attend(query(packed, head, first, length),
                    key(packed, head, first, length), value(packed, head, first, length)));
        }
    }

    /** Likewise over {@code past} rows and the new ones, all of which lie in the caches from row {@code start} on. */
    void forward(Duals packed, Duals out, int first, int length, Duals keys, Duals values, int start, int past) {
        for (int head = 0; head < heads.queries(); head++) {
            int column = group(head) * heads.size();
            out.addBlock(first, head * heads.size(), attend(query(packed, head, first, length),
                    keys.block(start, past + length, column, heads.size()),
                    values.block(start, past + length, column, heads.size())));
        }
    }

    /** {@code dV = Pᵀ·dO; dP = dO·Vᵀ; dS = P ⊙ (dP - rowsum(dP ⊙ P))/√d; dQ = dS·K; dK = dSᵀ·Q}. */
    void backward(Duals packed, Duals gradient, Duals out, int first, int length) {
        for (int head = 0; head < heads.queries(); head++) {
            Duals q = query(packed, head, first, length);
            Duals k = key(packed, head, first, length);
            Duals v = value(packed, head, first, length);
            Duals g = gradient.block(first, length, head * heads.size(), heads.size());
            Duals p = probabilities(q, k);
            out.addBlock(first, valueColumn(head), products.multiply(p, true, g, false));
            Duals ds = scoreGradient(p, products.multiply(g, false, v, true));
            out.addBlock(first, head * heads.size(), products.multiply(ds, false, k, false));
            out.addBlock(first, keyColumn(head), products.multiply(ds, true, q, false));
        }
    }

    /** Elements that one head of a sequence takes for the time being. */
    long temporaries(long queries, long keys, boolean backward) {
        return (backward ? 3 : 1) * queries * keys + ((backward ? 3 : 2) * queries + 2 * keys) * heads.size();
    }

    private Duals attend(Duals queries, Duals keys, Duals values) {
        return products.multiply(probabilities(queries, keys), false, values, false);
    }

    /** The last query sees all keys, each one before it one fewer. */
    private Duals probabilities(Duals queries, Duals keys) {
        Duals p = Duals.zeros(queries.rows(), keys.rows(), queries.hasTangent() || keys.hasTangent());
        products.add(p, 1 / Math.sqrt(heads.size()), queries, false, keys, true);
        for (int i = 0; i < queries.rows(); i++) {
            p.softmax(i, keys.rows() - queries.rows() + i + 1);
        }
        return p;
    }

    private Duals scoreGradient(Duals p, Duals dp) {
        Duals ds = Duals.zeros(p.rows(), p.columns(), p.hasTangent() || dp.hasTangent());
        double scale = 1 / Math.sqrt(heads.size());
        for (int i = 0; i < p.rows(); i++) {
            Dual mean = p.inner(i, dp, i);
            for (int k = 0; k <= i; k++) {
                ds.set(i, k, p.at(i, k).times(dp.at(i, k).minus(mean)).times(scale));
            }
        }
        return ds;
    }

    private Duals query(Duals packed, int head, int first, int length) {
        return packed.block(first, length, head * heads.size(), heads.size());
    }

    private Duals key(Duals packed, int head, int first, int length) {
        return packed.block(first, length, keyColumn(head), heads.size());
    }

    private Duals value(Duals packed, int head, int first, int length) {
        return packed.block(first, length, valueColumn(head), heads.size());
    }

    private int group(int head) {
        return head / (heads.queries() / heads.keyValues());
    }

    private int keyColumn(int head) {
        return heads.queryColumns() + group(head) * heads.size();
    }

    private int valueColumn(int head) {
        return keyColumn(head) + heads.keyValueColumns();
    }
}
