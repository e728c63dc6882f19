package org.perk4j.backend.portable;

import org.perk4j.tensor.Heads;

/** Causal attention of one query row over rows 0…last of its sequence, forwards and backwards, in dual arithmetic. */
final class CausalAttention {

    private CausalAttention() {
    }

    /** Reads the rows of keys or values that a query attends to. */
    interface Rows {
        Dual[] row(int index);
    }

    /** The probabilities of one query over {@code count} keys. */
    static Dual[] probabilities(Dual[] query, Rows keys, int count) {
        double scale = 1 / Math.sqrt(query.length);
        Dual[] p = new Dual[count];
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            p[i] = inner(query, keys.row(i)).times(scale);
            max = Math.max(max, p[i].v());
        }
        Dual sum = Dual.ZERO;
        for (int i = 0; i < count; i++) {
            p[i] = p[i].minus(Dual.constant(max)).exp();
            sum = sum.plus(p[i]);
        }
        for (int i = 0; i < count; i++) {
            p[i] = p[i].over(sum);
        }
        return p;
    }

    static Dual[] output(Dual[] p, Rows values, int size) {
        Dual[] out = zeros(size);
        for (int i = 0; i < p.length; i++) {
            addScaled(out, p[i], values.row(i));
        }
        return out;
    }

    /** The attention of every row of a packed segment that starts at {@code first}. */
    static void forward(Matrix packed, Matrix out, Heads heads, int first, int length) {
        for (int head = 0; head < heads.queries(); head++) {
            int at = head * heads.size();
            Rows keys = keys(packed, heads, head, first);
            Rows values = values(packed, heads, head, first);
            for (int i = 0; i < length; i++) {
                Dual[] p = probabilities(packed.row(first + i, at, heads.size()), keys, i + 1);
                Dual[] o = output(p, values, heads.size());
                for (int j = 0; j < o.length; j++) {
                    out.set(first + i, at + j, o[j]);
                }
            }
        }
    }

    /** With P the probabilities and dP = dO Vᵀ: dS = P ⊙ (dP - Σ dP ⊙ P), dQ = dS K/√d, dK = dSᵀ Q/√d, dV = Pᵀ dO. */
    static void backward(Matrix packed, Matrix gradient, Matrix out, Heads heads, int first, int length) {
        int size = heads.size();
        double scale = 1 / Math.sqrt(size);
        for (int head = 0; head < heads.queries(); head++) {
            int at = head * size;
            int keyAt = keyColumn(heads, head);
            int valueAt = keyAt + heads.keyValueColumns();
            Rows keys = keys(packed, heads, head, first);
            Rows values = values(packed, heads, head, first);
            for (int i = 0; i < length; i++) {
                Dual[] query = packed.row(first + i, at, size);
                Dual[] g = gradient.row(first + i, at, size);
                Dual[] p = probabilities(query, keys, i + 1);
                Dual[] dp = new Dual[i + 1];
                Dual mean = Dual.ZERO;
                for (int k = 0; k <= i; k++) {
                    dp[k] = inner(g, values.row(k));
                    mean = mean.plus(dp[k].times(p[k]));
                }
                for (int k = 0; k <= i; k++) {
                    Dual ds = p[k].times(dp[k].minus(mean)).times(scale);
                    Dual[] key = keys.row(k);
                    for (int j = 0; j < size; j++) {
                        out.add(first + i, at + j, ds.times(key[j]));
                        out.add(first + k, keyAt + j, ds.times(query[j]));
                        out.add(first + k, valueAt + j, p[k].times(g[j]));
                    }
                }
            }
        }
    }

    private static Rows keys(Matrix packed, Heads heads, int head, int first) {
        int column = keyColumn(heads, head);
        return i -> packed.row(first + i, column, heads.size());
    }

    private static Rows values(Matrix packed, Heads heads, int head, int first) {
        int column = keyColumn(heads, head) + heads.keyValueColumns();
        return i -> packed.row(first + i, column, heads.size());
    }

    static int keyColumn(Heads heads, int head) {
        return heads.queryColumns() + head / (heads.queries() / heads.keyValues()) * heads.size();
    }

    static Dual inner(Dual[] a, Dual[] b) {
        Dual sum = Dual.ZERO;
        for (int j = 0; j < a.length; j++) {
            sum = sum.plus(a[j].times(b[j]));
        }
        return sum;
    }

    static void addScaled(Dual[] sum, Dual factor, Dual[] row) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] = sum[j].plus(factor.times(row[j]));
        }
    }

    static Dual[] zeros(int n) {
        Dual[] zeros = new Dual[n];
        java.util.Arrays.fill(zeros, Dual.ZERO);
        return zeros;
    }
}
