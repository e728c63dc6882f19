package org.perk4j.compute;

import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;

/**
 * Causal attention within one sequence, head by head: {@code O = P·V} with {@code P = softmax(S)} and {@code S =
 * scale·Q·Kᵀ}, soft-capped. Each query sees the keys up to its own that are in its window.
 */
record CausalAttention(DualProducts products, AttentionSpec spec, Heads heads) {

    CausalAttention(DualProducts products, AttentionSpec spec) {
        this(products, spec, spec.heads());
    }

    /** Computes the attention of rows {@code first …} of {@code packed} into the same rows of {@code out}. */
    void forward(Duals packed, Duals out, int first, int length) {
        for (int head = 0; head < heads.queries(); head++) {
            out.addBlock(first, head * heads.size(), attend(query(packed, head, first, length),
                    key(packed, head, first, length), value(packed, head, first, length)));
        }
    }

    /** The same with {@code past} earlier keys; these and the new ones are in the caches from row {@code start} on. */
    void forward(Duals packed, Duals out, int first, int length, Duals keys, Duals values, int start, int past) {
        for (int head = 0; head < heads.queries(); head++) {
            int column = group(head) * heads.size();
            out.addBlock(first, head * heads.size(), attend(query(packed, head, first, length),
                    keys.block(start, past + length, column, heads.size()),
                    values.block(start, past + length, column, heads.size())));
        }
    }

    /** {@code dV = Pᵀ·dO; dP = dO·Vᵀ; dS = scale·P ⊙ (dP - rowsum(dP ⊙ P)) ⊙ the cap's slope; dQ = dS·K; dK = dSᵀ·Q}. */
    void backward(Duals packed, Duals gradient, Duals out, int first, int length) {
        for (int head = 0; head < heads.queries(); head++) {
            Duals q = query(packed, head, first, length);
            Duals k = key(packed, head, first, length);
            Duals v = value(packed, head, first, length);
            Duals g = gradient.block(first, length, head * heads.size(), heads.size());
            Duals s = scores(q, k);
            Duals p = probabilities(spec.isCapped() ? s.block(0, s.rows(), 0, s.columns()) : s);
            out.addBlock(first, valueColumn(head), products.multiply(p, true, g, false));
            Duals ds = scoreGradient(s, p, products.multiply(g, false, v, true));
            out.addBlock(first, head * heads.size(), products.multiply(ds, false, k, false));
            out.addBlock(first, keyColumn(head), products.multiply(ds, true, q, false));
        }
    }

    /** The number of temporary elements per head of a sequence. */
    long temporaries(long queries, long keys, boolean backward) {
        int matrices = backward ? spec.isCapped() ? 4 : 3 : 1;
        return matrices * queries * keys + ((backward ? 3 : 2) * queries + 2 * keys) * heads.size();
    }

    private Duals attend(Duals queries, Duals keys, Duals values) {
        return products.multiply(probabilities(scores(queries, keys)), false, values, false);
    }

    private Duals scores(Duals queries, Duals keys) {
        Duals s = Duals.zeros(queries.rows(), keys.rows(), queries.hasTangent() || keys.hasTangent());
        products.add(s, spec.scale(), queries, false, keys, true);
        s.cap(spec.softCap());
        return s;
    }

    /** Overwrites the scores with probabilities. The last query belongs to the last key, and so on backward. */
    private Duals probabilities(Duals s) {
        for (int i = 0; i < s.rows(); i++) {
            int seen = s.columns() - s.rows() + i + 1;
            s.softmax(i, spec.hidden(seen), seen);
        }
        return s;
    }

    private Duals scoreGradient(Duals s, Duals p, Duals dp) {
        Duals ds = Duals.zeros(p.rows(), p.columns(), p.hasTangent() || dp.hasTangent());
        for (int i = 0; i < p.rows(); i++) {
            Dual mean = p.inner(i, dp, i);
            for (int k = spec.hidden(i + 1); k <= i; k++) {
                Dual byScore = p.at(i, k).times(dp.at(i, k).minus(mean)).times(spec.scale());
                ds.set(i, k, spec.isCapped() ? byScore.times(s.at(i, k).capSlope(spec.softCap())) : byScore);
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
