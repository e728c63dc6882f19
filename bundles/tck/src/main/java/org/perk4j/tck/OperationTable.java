package org.perk4j.tck;

import static org.perk4j.tck.Sample.APART;
import static org.perk4j.tck.Sample.ORDINARY;
import static org.perk4j.tck.Sample.POSITIVE;
import static org.perk4j.tck.Sample.SUBNORMAL;
import static org.perk4j.tck.Sample.WHOLE;
import static org.perk4j.tck.Sample.WIDE;
import static org.perk4j.tck.Sample.ZERO;
import static org.perk4j.tensor.AttentionSpec.UNCAPPED;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.tck.Operation.Argument;
import org.perk4j.tck.Operation.Evaluation;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Every operation of {@link Ops} that reads tensors, at several shapes: one row; odd numbers, so that no vector or tile
 * divides them; and large ones, so that work is split. A new operation is a new row in {@link #at}, or beside it.
 */
final class OperationTable {

    private static final double EPSILON = 1e-5;

    private OperationTable() {
    }

    /** An operation with one result. */
    private interface Single {
        Tensor apply(Ops ops, Tensor[] x);
    }

    private static Operation operation(String name, Single f, Argument... arguments) {
        return operations(name, (o, x) -> results(f.apply(o, x)), arguments);
    }

    private static Operation operations(String name, Evaluation f, Argument... arguments) {
        String shapes = Arrays.stream(arguments).map(a -> a.shape() + (a.sample() == ORDINARY ? "" : " " + a.sample()))
                .toList().toString();
        return new Operation(name + " " + shapes, List.of(arguments), f, null);
    }

    private static Tensor[] results(Tensor... results) {
        return results;
    }

    private static Tensor[] results(NormGradients g) {
        return g.bias() == null ? results(g.input(), g.gain()) : results(g.input(), g.gain(), g.bias());
    }

    private static Tensor[] results(TokenLoss t) {
        return results(t.loss(), t.gradient());
    }

    private static Argument matrix(int rows, int columns, Sample sample) {
        return new Argument(new Shape(rows, columns), sample);
    }

    private static Argument matrix(int rows, int columns) {
        return matrix(rows, columns, ORDINARY);
    }

    /** Small enough for derivatives by differences, and with arguments at which derivatives are of order 1. */
    static Stream<Operation> ordinary() {
        List<Operation> rows = new ArrayList<>();
        for (int[] shape : new int[][] {{1, 5}, {3, 7}, {9, 16}, {17, 33}}) {
            rows.addAll(at(shape[0], shape[1]));
            rows.addAll(products(shape[0], shape[1], shape[0] + 2));
        }
        rows.addAll(attention(new Heads(1, 1, 2), 1));
        rows.addAll(attention(new Heads(2, 2, 4), 3, 1, 5));
        rows.addAll(attention(new Heads(6, 2, 6), 1, 7, 2, 1));
        rows.addAll(attention(new Heads(4, 1, 8), 17, 9));
        rows.addAll(attention(new AttentionSpec(new Heads(2, 1, 4)).within(1), 5, 1));
        rows.addAll(attention(new AttentionSpec(new Heads(6, 2, 6)).within(4).scaled(0.7), 1, 13, 3));
        rows.addAll(attention(new AttentionSpec(new Heads(2, 2, 4)).capped(1.5), 3, 1, 5));
        rows.addAll(attention(new AttentionSpec(new Heads(4, 2, 8)).capped(2).within(6).scaled(0.5), 17, 9));
        rows.addAll(head(1, 3, 2, UNCAPPED, ORDINARY));
        rows.addAll(head(5, 7, 11, UNCAPPED, ORDINARY));
        rows.addAll(head(19, 12, 33, UNCAPPED, ORDINARY));
        rows.addAll(head(5, 7, 11, 2, ORDINARY));
        rows.addAll(head(19, 12, 33, 3, ORDINARY));
        rows.add(operation("concatenateColumns with an empty part", (o, x) -> o.concatenateColumns(x[0], x[1], x[2]),
                matrix(3, 0), matrix(3, 4), matrix(3, 0)));
        rows.add(operation("gatherRows of nothing", (o, x) -> o.gatherRows(x[0]), matrix(3, 4)));
        rows.add(operations("tokenLoss without targets",
                (o, x) -> results(o.tokenLoss(x[0], x[1], new int[] {-1, -1}, true)), matrix(2, 3), matrix(4, 3)));
        return rows.stream();
    }

    /** Large enough for tiles, chunks and threads, each with a remainder. */
    static Stream<Operation> large() {
        List<Operation> rows = new ArrayList<>(at(300, 768));
        rows.addAll(products(131, 257, 67));
        rows.add(linear(300, 768, 250));
        rows.addAll(attention(new Heads(4, 2, 16), 257, 1, 38));
        rows.addAll(attention(new Heads(3, 3, 64), 70, 33));
        rows.addAll(attention(new Heads(2, 1, 100), 70, 3));
        rows.addAll(attention(new AttentionSpec(new Heads(4, 2, 16)).within(50), 257, 1, 38));
        rows.addAll(attention(new AttentionSpec(new Heads(2, 1, 64)).within(100).capped(5), 201, 33));
        rows.addAll(head(300, 65, 1000, UNCAPPED, ORDINARY));
        rows.addAll(head(150, 65, 1000, 10, ORDINARY));
        return rows.stream();
    }

    /**
     * Matrices as large as those of models, each with a remainder, and so few rows that some read them in a way of their
     * own.
     */
    static Stream<Operation> withLargeFactors() {
        List<Operation> rows = new ArrayList<>();
        for (int m : new int[] {1, 2, 4, 7, 16, 17}) {
            rows.addAll(products(m, 130, 403));
            rows.addAll(products(m, 1100, 64));
        }
        rows.addAll(products(40, 1100, 403));
        rows.addAll(head(40, 67, 1003, UNCAPPED, ORDINARY));
        return rows.stream();
    }

    /** Where exponentials overflow, squares underflow, or a derivative is infinite if one doesn't take care. */
    static Stream<Operation> extreme() {
        List<Operation> rows = new ArrayList<>();
        for (Activation f : List.of(Activation.GELU_TANH, Activation.GELU, Activation.SILU, Activation.SOFTPLUS,
                Activation.TANH)) {
            rows.addAll(map(f, 5, 9, WIDE));
            rows.addAll(map(f, 5, 9, SUBNORMAL));
            rows.addAll(map(f, 5, 9, ZERO));
        }
        rows.addAll(map(Activation.SQRT, 5, 9, ZERO));
        rows.addAll(map(Activation.SIGN, 5, 9, ZERO));
        for (Sample sample : List.of(WHOLE, SUBNORMAL, ZERO)) {
            rows.addAll(norms(5, 19, sample));
            rows.addAll(head(6, 16, 21, UNCAPPED, sample));
            rows.addAll(attention(new Heads(4, 2, 16), sample, 9, 1, 4));
        }
        for (Sample sample : List.of(SUBNORMAL, ZERO)) { // what is whole, a cap makes broken, and differences lose digits
            rows.addAll(head(6, 16, 21, 30, sample));
            rows.addAll(attention(new AttentionSpec(new Heads(4, 2, 16)).within(3).capped(50), sample, 9, 1, 4));
        }
        rows.add(operation("multiply", (o, x) -> o.multiply(x[0], x[1]), matrix(5, 9, SUBNORMAL), matrix(5, 9, WIDE)));
        rows.add(operation("dot", (o, x) -> o.dot(x[0], x[1]), matrix(5, 9, SUBNORMAL), matrix(5, 9, WIDE)));
        rows.add(operation("matmul", (o, x) -> o.matmul(x[0], x[1]), matrix(9, 5, SUBNORMAL), matrix(5, 9, WIDE)));
        return rows.stream();
    }

    static Stream<Operation> all() {
        return Stream.of(ordinary(), large(), extreme()).flatMap(s -> s);
    }

    static Stream<Operation> transposed() {
        return ordinary().filter(o -> o.transpose() != null);
    }

    /** The operations on {@code m×n}, but for products of matrices. */
    private static List<Operation> at(int m, int n) {
        int[] picks = IntStream.range(0, m + 2).map(i -> i % 4 == 1 ? -1 : (5 * i + 2) % m).toArray();
        int[] places = IntStream.range(0, m).map(i -> i % 5 == 3 ? -1 : (3 * i + 1) % (m + 1)).toArray();
        int[] sizes = {1, 0, m * n / 3, m * n - m * n / 3 - 1, 0};
        int from = n / 3;
        int count = n - from - 1;
        List<Operation> rows = new ArrayList<>(List.of(
                operation("combine", (o, x) -> o.combine(2, x[0], -0.3, x[1]), matrix(m, n), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scale(g, 2), o.scale(g, -0.3))),
                operation("combine with itself", (o, x) -> o.combine(1, x[0], 1, x[0]), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scale(g, 2))),
                operation("affine", (o, x) -> o.affine(x[0], -2, 0.7), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scale(g, -2))),
                operation("multiply", (o, x) -> o.multiply(x[0], x[1]), matrix(m, n), matrix(m, n))
                        .transposed((o, x, g) -> results(o.multiply(g, x[1]), o.multiply(g, x[0]))),
                operation("multiplyScalar", (o, x) -> o.multiplyScalar(x[0], x[1]), matrix(m, n), matrix(1, 1))
                        .transposed((o, x, g) -> results(o.multiplyScalar(g, x[1]), o.dot(g, x[0]))),
                operation("scaleRows", (o, x) -> o.scaleRows(x[0], x[1]), matrix(m, n), matrix(m, 1))
                        .transposed((o, x, g) -> results(o.scaleRows(g, x[1]), o.rowDots(g, x[0]))),
                operation("rowDots", (o, x) -> o.rowDots(x[0], x[1]), matrix(m, n), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scaleRows(x[1], g), o.scaleRows(x[0], g))),
                operation("dot", (o, x) -> o.dot(x[0], x[1]), matrix(m, n), matrix(m, n))
                        .transposed((o, x, g) -> results(o.multiplyScalar(x[1], g), o.multiplyScalar(x[0], g))),
                operation("sumRows", (o, x) -> o.sumRows(x[0]), matrix(m, n))
                        .transposed((o, x, g) -> results(o.repeatRow(g, m))),
                operation("repeatRow", (o, x) -> o.repeatRow(x[0], m), matrix(1, n))
                        .transposed((o, x, g) -> results(o.sumRows(g))),
                operation("gatherRows", (o, x) -> o.gatherRows(x[0], picks), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scatterRows(g, m, picks))),
                operation("scatterRows", (o, x) -> o.scatterRows(x[0], m + 1, places), matrix(m, n))
                        .transposed((o, x, g) -> results(o.gatherRows(g, places))),
                operation("columns", (o, x) -> o.columns(x[0], from, count), matrix(m, n))
                        .transposed((o, x, g) -> results(o.concatenateColumns(o.fill(new Shape(m, from), 0), g,
                                o.fill(new Shape(m, 1), 0)))),
                operation("concatenateColumns", (o, x) -> o.concatenateColumns(x[0], x[1], x[0]), matrix(m, 1), matrix(m, n))
                        .transposed((o, x, g) -> results(o.add(o.columns(g, 0, 1), o.columns(g, n + 1, 1)),
                                o.columns(g, 1, n))),
                operation("join", (o, x) -> o.join(x[0], x[1], x[0]), matrix(m, n), matrix(n, 2))
                        .transposed((o, x, g) -> {
                            List<Tensor> parts = o.split(g, List.of(x[0].shape(), x[1].shape(), x[0].shape()));
                            return results(o.add(parts.get(0), parts.get(2)), parts.get(1));
                        }),
                operations("split", (o, x) -> o.split(x[0],
                        List.of(new Shape(n, 1), new Shape(0, 3), new Shape(m - 1, n))).toArray(Tensor[]::new),
                        matrix(m, n)),
                operation("split into one", (o, x) -> o.split(x[0], List.of(new Shape(n, m))).get(0), matrix(m, n))
                        .transposed((o, x, g) -> results(o.split(g, List.of(new Shape(m, n))).get(0))),
                operation("scaleParts", (o, x) -> o.scaleParts(x[0], x[1], sizes), matrix(m, n), matrix(sizes.length, 1))
                        .transposed((o, x, g) -> results(o.scaleParts(g, x[1], sizes), o.partDots(g, x[0], sizes))),
                operation("partDots", (o, x) -> o.partDots(x[0], x[1], sizes), matrix(m, n), matrix(m, n))
                        .transposed((o, x, g) -> results(o.scaleParts(x[1], g, sizes), o.scaleParts(x[0], g, sizes)))));
        for (Activation f : Activation.values()) {
            rows.addAll(map(f, m, n, switch (f) {
                case SQRT, RECIPROCAL, LOG -> POSITIVE;
                case SIGN -> APART;
                default -> ORDINARY;
            }));
        }
        rows.addAll(norms(m, n, ORDINARY));
        return rows;
    }

    private static List<Operation> map(Activation f, int m, int n, Sample sample) {
        return List.of(
                operation("map " + f, (o, x) -> o.map(f, x[0]), matrix(m, n, sample))
                        .transposed((o, x, g) -> results(o.mapGradient(f, x[0], g))),
                operation("mapGradient " + f, (o, x) -> o.mapGradient(f, x[0], x[1]), matrix(m, n, sample), matrix(m, n)));
    }

    private static List<Operation> norms(int m, int n, Sample sample) {
        return List.of(
                operation("layerNorm", (o, x) -> o.layerNorm(x[0], x[1], x[2], EPSILON),
                        matrix(m, n, sample), matrix(1, n), matrix(1, n))
                        .transposed((o, x, g) -> results(o.layerNormGradient(x[0], x[1], g, EPSILON))),
                operations("layerNormGradient", (o, x) -> results(o.layerNormGradient(x[0], x[1], x[2], EPSILON)),
                        matrix(m, n, sample), matrix(1, n), matrix(m, n)),
                operation("layerNormInputGradient",
                        (o, x) -> o.scoped(() -> o.layerNormInputGradient(x[0], x[1], x[2], EPSILON)),
                        matrix(m, n, sample), matrix(1, n), matrix(m, n)),
                operation("rmsNorm", (o, x) -> o.rmsNorm(x[0], x[1], EPSILON), matrix(m, n, sample), matrix(1, n))
                        .transposed((o, x, g) -> results(o.rmsNormGradient(x[0], x[1], g, EPSILON))),
                operations("rmsNormGradient", (o, x) -> results(o.rmsNormGradient(x[0], x[1], x[2], EPSILON)),
                        matrix(m, n, sample), matrix(1, n), matrix(m, n)),
                operation("rmsNormInputGradient",
                        (o, x) -> o.scoped(() -> o.rmsNormInputGradient(x[0], x[1], x[2], EPSILON)),
                        matrix(m, n, sample), matrix(1, n), matrix(m, n)));
    }

    private static List<Operation> products(int m, int k, int n) {
        List<Operation> rows = new ArrayList<>(List.of(
                linear(m, k, n),
                operation("linear without bias", (o, x) -> o.linear(x[0], x[1], null), matrix(m, k), matrix(k, n))
                        .transposed((o, x, g) -> results(o.matmul(g, false, x[1], true), o.matmul(x[0], true, g, false))),
                operation("addProduct", (o, x) -> o.addProduct(x[0], -0.7, x[1], x[2]),
                        matrix(m, n), matrix(m, k), matrix(n, k))
                        .transposed((o, x, g) -> results(g, o.scale(o.matmul(g, x[2]), -0.7),
                                o.scale(o.matmul(g, true, x[1], false), -0.7))),
                operation("addProductTo", (o, x) -> o.scoped(() -> o.addProductTo(o.scale(x[0], 1), -0.7, x[1], x[2])),
                        matrix(m, n), matrix(m, k), matrix(n, k))
                        .transposed((o, x, g) -> results(g, o.scale(o.matmul(g, x[2]), -0.7),
                                o.scale(o.matmul(g, true, x[1], false), -0.7)))));
        for (boolean ta : new boolean[] {false, true}) {
            for (boolean tb : new boolean[] {false, true}) {
                rows.add(operation("matmul" + (ta ? " transposed" : "") + " by" + (tb ? " transposed" : ""),
                        (o, x) -> o.matmul(x[0], ta, x[1], tb),
                        ta ? matrix(k, m) : matrix(m, k), tb ? matrix(n, k) : matrix(k, n))
                        .transposed((o, x, g) -> results(
                                ta ? o.matmul(x[1], tb, g, true) : o.matmul(g, false, x[1], !tb),
                                tb ? o.matmul(g, true, x[0], ta) : o.matmul(x[0], !ta, g, false))));
                rows.add(operation("scaledMatmul" + (ta ? " transposed" : "") + " by" + (tb ? " transposed" : ""),
                        (o, x) -> o.scaledMatmul(-0.7, x[0], ta, x[1], tb),
                        ta ? matrix(k, m) : matrix(m, k), tb ? matrix(n, k) : matrix(k, n))
                        .transposed((o, x, g) -> results(
                                ta ? o.scaledMatmul(-0.7, x[1], tb, g, true) : o.scaledMatmul(-0.7, g, false, x[1], !tb),
                                tb ? o.scaledMatmul(-0.7, g, true, x[0], ta) : o.scaledMatmul(-0.7, x[0], !ta, g, false))));
            }
        }
        return rows;
    }

    private static Operation linear(int m, int k, int n) {
        return operation("linear", (o, x) -> o.linear(x[0], x[1], x[2]), matrix(m, k), matrix(k, n), matrix(1, n))
                .transposed((o, x, g) -> results(o.matmul(g, false, x[1], true), o.matmul(x[0], true, g, false),
                        o.sumRows(g)));
    }

    private static List<Operation> attention(Heads heads, int... lengths) {
        return attention(heads, ORDINARY, lengths);
    }

    private static List<Operation> attention(Heads heads, Sample sample, int... lengths) {
        List<Operation> rows = new ArrayList<>(attention(new AttentionSpec(heads), sample, lengths));
        rows.addAll(rotation(heads, new Segments(lengths), sample));
        return rows;
    }

    private static List<Operation> attention(AttentionSpec spec, int... lengths) {
        return attention(spec, ORDINARY, lengths);
    }

    private static List<Operation> attention(AttentionSpec spec, Sample sample, int... lengths) {
        Heads heads = spec.heads();
        Segments segments = new Segments(lengths);
        int m = segments.rows();
        Argument packed = matrix(m, heads.packedColumns(), sample);
        String where = " " + (spec.equals(new AttentionSpec(heads)) ? heads : spec) + segments;
        return List.of(
                operation("attention" + where, (o, x) -> o.attention(x[0], spec, segments), packed)
                        .transposed((o, x, g) -> results(o.attentionGradient(x[0], g, spec, segments))),
                operation("attentionGradient" + where, (o, x) -> o.attentionGradient(x[0], x[1], spec, segments), packed,
                        matrix(m, heads.queryColumns())));
    }

    private static List<Operation> rotation(Heads heads, Segments segments, Sample sample) {
        Argument packed = matrix(segments.rows(), heads.packedColumns(), sample);
        List<Operation> rows = new ArrayList<>();
        double[] frequencies = IntStream.range(0, heads.size() / 2).mapToDouble(i -> Math.pow(100, -i / 3.0)).toArray();
        for (boolean inverse : new boolean[] {false, true}) {
            rows.add(operation((inverse ? "rotate back " : "rotate ") + heads + segments,
                    (o, x) -> o.rotate(x[0], heads, segments.positions(), frequencies, inverse), packed)
                    .transposed((o, x, g) -> results(o.rotate(g, heads, segments.positions(), frequencies, !inverse))));
        }
        return rows;
    }

    private static List<Operation> head(int m, int d, int vocabulary, double cap, Sample sample) {
        String below = cap == UNCAPPED ? "" : " below " + cap;
        int[] targets = IntStream.range(0, m).map(i -> i % 3 == 1 ? -1 : (7 * i + 1) % vocabulary).toArray();
        Argument hidden = matrix(m, d, sample);
        Argument head = matrix(vocabulary, d, sample);
        return List.of(
                operation("tokenLoss" + below, (o, x) -> o.tokenLoss(x[0], x[1], cap, targets, false).loss(), hidden, head)
                        .transposed((o, x, g) -> results(
                                o.scaleRows(o.tokenLoss(x[0], x[1], cap, targets, true).gradient(), g),
                                o.headGradient(x[0], x[1], cap, targets, g))),
                operations("tokenLoss with gradient" + below, (o, x) -> results(o.tokenLoss(x[0], x[1], cap, targets, true)),
                        hidden, head),
                operation("headGradient" + below, (o, x) -> o.headGradient(x[0], x[1], cap, targets, x[2]), hidden, head,
                        matrix(m, 1)));
    }
}
