package org.perk4j.backend.nd4j;

import java.util.Arrays;

/** Operations that move rows and columns, and reductions over them. */
final class Selection {

    /** Elements per task. */
    private static final int GRAIN = 16_384;

    /** Columns per task, for tasks that go through all rows. */
    private static final int STRIPE = 64;

    private final Workers workers;

    Selection(Workers workers) {
        this.workers = workers;
    }

    private static int rowsOfTask(int columns) {
        return Math.max(1, GRAIN / Math.max(1, columns));
    }

    /** {@code r[i] = table[rows[i]]}, zeros for index -1. */
    void gather(FloatTensor r, CpuTensor table, int[] rows) {
        int n = r.columns();
        workers.run(rows.length, rowsOfTask(n), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                if (rows[i] < 0) {
                    Rows.fill(r.bytes(), i * n, n, 0);
                } else {
                    table.copyRow(rows[i], r.bytes(), i * n);
                }
                if (r.hasTangent() && rows[i] < 0) {
                    Rows.fill(r.bytes(), r.tangentAt() + i * n, n, 0);
                } else if (r.hasTangent()) {
                    FloatTensor dual = (FloatTensor) table;
                    Rows.copy(r.bytes(), r.tangentAt() + i * n, dual.bytes(), dual.tangentAt() + rows[i] * n, n);
                }
            }
        });
    }

    /** {@code r[rows[i]] += a[i]}, in the order of i, from zeros. Tasks take different columns, so they never conflict. */
    void scatter(FloatTensor r, FloatTensor a, int[] rows) {
        int n = r.columns();
        int grain = (long) n * (r.rows() + a.rows()) < GRAIN ? n : STRIPE;
        workers.run(n, Math.max(1, grain), (from, to, lane) -> {
            int count = to - from;
            for (int i = 0; i < r.stackedRows(); i++) {
                Rows.fill(r.bytes(), i * n + from, count, 0);
            }
            for (int i = 0; i < rows.length; i++) {
                if (rows[i] >= 0) {
                    Rows.add(r.bytes(), rows[i] * n + from, a.bytes(), i * n + from, count);
                    if (r.hasTangent()) {
                        Rows.add(r.bytes(), r.tangentAt() + rows[i] * n + from, a.bytes(), a.tangentAt() + i * n + from,
                                count);
                    }
                }
            }
        });
    }

    /** {@code r = Σ a[i]}. */
    void sumRows(FloatTensor r, FloatTensor a) {
        int n = r.columns();
        int grain = (long) n * a.rows() < GRAIN ? n : STRIPE;
        workers.run(n, Math.max(1, grain), (from, to, lane) -> {
            int count = to - from;
            Rows.fill(r.bytes(), from, count, 0);
            for (int i = 0; i < a.rows(); i++) {
                Rows.add(r.bytes(), from, a.bytes(), i * n + from, count);
            }
            if (r.hasTangent()) {
                Rows.fill(r.bytes(), n + from, count, 0);
                for (int i = a.rows(); i < a.stackedRows(); i++) {
                    Rows.add(r.bytes(), n + from, a.bytes(), i * n + from, count);
                }
            }
        });
    }

    /** Copies columns; zeros for the tangent if only {@code r} has one. */
    void copyColumns(FloatTensor r, int rColumn, FloatTensor a, int aColumn, int count) {
        workers.run(r.stackedRows(), rowsOfTask(count), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                int rAt = i * r.columns() + rColumn;
                if (i < a.stackedRows()) {
                    Rows.copy(r.bytes(), rAt, a.bytes(), i * a.columns() + aColumn, count);
                } else {
                    Rows.fill(r.bytes(), rAt, count, 0);
                }
            }
        });
    }

    /** {@code r[i] = column[i]·a[i]}. */
    void scaleRows(FloatTensor r, FloatTensor a, FloatTensor column) {
        int n = r.columns();
        int t = r.tangentAt();
        workers.run(r.rows(), rowsOfTask(n), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                int at = i * n;
                float factor = column.floats().get(i);
                float factorTangent = column.hasTangent() ? column.floats().get(column.tangentAt() + i) : 0;
                Rows.affine(r.bytes(), at, a.bytes(), at, n, factor, 0);
                if (a.hasTangent()) {
                    Rows.combine(r.bytes(), t + at, factor, a.bytes(), t + at, factorTangent, a.bytes(), at, n);
                } else if (r.hasTangent()) {
                    Rows.affine(r.bytes(), t + at, a.bytes(), at, n, factorTangent, 0);
                }
            }
        });
    }

    /** {@code r[i] = a[i]·b[i]}. */
    void rowDots(FloatTensor r, FloatTensor a, FloatTensor b) {
        int n = a.columns();
        int t = a.size();
        workers.run(a.rows(), rowsOfTask(n), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                int at = i * n;
                r.floats().put(i, Rows.dot(a.bytes(), at, b.bytes(), at, n));
                if (r.hasTangent()) {
                    float left = a.hasTangent() ? Rows.dot(a.bytes(), t + at, b.bytes(), at, n) : 0;
                    float right = b.hasTangent() ? Rows.dot(a.bytes(), at, b.bytes(), t + at, n) : 0;
                    r.floats().put(r.tangentAt() + i, left + right);
                }
            }
        });
    }

    /** {@code r = Σ a ⊙ b}: sums of tasks in single precision, their sum in double. */
    void dot(FloatTensor r, FloatTensor a, FloatTensor b) {
        int n = a.size();
        int tasks = (n + GRAIN - 1) / GRAIN;
        double[] values = new double[tasks];
        double[] tangents = new double[tasks];
        workers.run(n, GRAIN, (from, to, lane) -> {
            int task = from / GRAIN;
            int count = to - from;
            values[task] = Rows.dot(a.bytes(), from, b.bytes(), from, count);
            if (a.hasTangent()) {
                tangents[task] += Rows.dot(a.bytes(), n + from, b.bytes(), from, count);
            }
            if (b.hasTangent()) {
                tangents[task] += Rows.dot(a.bytes(), from, b.bytes(), n + from, count);
            }
        });
        r.floats().put(0, (float) sum(values));
        if (r.hasTangent()) {
            r.floats().put(1, (float) sum(tangents));
        }
    }

    private static double sum(double[] terms) {
        double sum = 0;
        for (double term : terms) {
            sum += term;
        }
        return sum;
    }

    /** {@code r = column[k]·a} for the elements of part k. */
    void scaleParts(FloatTensor r, FloatTensor a, FloatTensor column, int[] sizes) {
        int t = r.tangentAt();
        forEachPart(sizes, (k, at, count) -> {
            float factor = column.floats().get(k);
            float factorTangent = column.hasTangent() ? column.floats().get(column.tangentAt() + k) : 0;
            Rows.affine(r.bytes(), at, a.bytes(), at, count, factor, 0);
            if (a.hasTangent()) {
                Rows.combine(r.bytes(), t + at, factor, a.bytes(), t + at, factorTangent, a.bytes(), at, count);
            } else if (r.hasTangent()) {
                Rows.affine(r.bytes(), t + at, a.bytes(), at, count, factorTangent, 0);
            }
        });
    }

    /** A run of elements that belong to one part. */
    @FunctionalInterface
    private interface Run {
        void run(int part, int at, int count);
    }

    private void forEachPart(int[] sizes, Run body) {
        int[] starts = starts(sizes);
        workers.run(starts[sizes.length], GRAIN, (from, to, lane) -> {
            int k = Arrays.binarySearch(starts, from);
            k = k < 0 ? -k - 2 : k;
            for (int at = from; at < to; k++) {
                int count = Math.min(to, starts[k + 1]) - at;
                if (count > 0) {
                    body.run(k, at, count);
                    at += count;
                }
            }
        });
    }

    /** @return the start of each part, and the end of the last */
    private static int[] starts(int[] sizes) {
        int[] starts = new int[sizes.length + 1];
        System.arraycopy(sizes, 0, starts, 1, sizes.length);
        Arrays.parallelPrefix(starts, Integer::sum);
        return starts;
    }

    /** {@code r[k] = Σ a ⊙ b} over the elements of part k: sums of runs in single precision, their sum in double. */
    void partDots(FloatTensor r, FloatTensor a, FloatTensor b, int[] sizes) {
        int[] starts = starts(sizes);
        int n = a.size();
        workers.run(sizes.length, 1, (from, to, lane) -> {
            for (int k = from; k < to; k++) {
                double value = 0;
                double tangent = 0;
                for (int at = starts[k]; at < starts[k + 1]; at += GRAIN) {
                    int count = Math.min(GRAIN, starts[k + 1] - at);
                    value += Rows.dot(a.bytes(), at, b.bytes(), at, count);
                    tangent += a.hasTangent() ? Rows.dot(a.bytes(), n + at, b.bytes(), at, count) : 0;
                    tangent += b.hasTangent() ? Rows.dot(a.bytes(), at, b.bytes(), n + at, count) : 0;
                }
                r.floats().put(k, (float) value);
                if (r.hasTangent()) {
                    r.floats().put(r.tangentAt() + k, (float) tangent);
                }
            }
        });
    }

    /** See {@link org.perk4j.tensor.Ops#dropoutMask}. */
    void dropoutMask(FloatTensor r, long[] rowKeys, double keep) {
        int n = r.columns();
        float kept = (float) (1 / keep);
        // z>>>11 below keep·2⁵³ as whole numbers: the comparison of the fraction with keep, exactly
        long bound = (long) Math.ceil(keep * 0x1p53);
        workers.run(rowKeys.length, rowsOfTask(4 * n), (from, to, lane) -> {
            for (int i = from; i < to; i++) {
                long counter = rowKeys[i];
                for (int j = 0; j < n; j++) {
                    counter += 0x9E3779B97F4A7C15L;
                    long z = counter;
                    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
                    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
                    z ^= z >>> 31;
                    r.floats().put(i * n + j, (z >>> 11) < bound ? kept : 0);
                }
            }
        });
    }
}
