package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** What doesn't fit is refused with an {@link IllegalArgumentException} that has a message, and leaves nothing behind. */
abstract class RefusalContract {

    private static final Heads HEADS = new Heads(2, 1, 4);
    private static final AttentionSpec ATTENTION = new AttentionSpec(HEADS);
    private static final Segments SEGMENTS = new Segments(2, 3);

    abstract Backend backend();

    /** A call that must be refused. */
    private record Refusal(String name, Consumer<Compute> call) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Refusal refuse(String name, Consumer<Compute> call) {
        return new Refusal(name, call);
    }

    /** {@code rows×columns} of ones. */
    private static Tensor t(Compute c, int rows, int columns) {
        return c.fill(new Shape(rows, columns), 1);
    }

    static Stream<Refusal> refusals() {
        return Stream.of(
                refuse("constant with too few elements", c -> c.constant(new Shape(2, 2), 1, 2, 3)),
                refuse("upload of too few elements", c -> c.upload(new Shape(2, 2), FloatBuffer.allocate(3))),
                refuse("upload of too few elements in bfloat16",
                        c -> c.uploadBfloat16(new Shape(2, 2), ShortBuffer.allocate(3))),
                refuse("download into too small a buffer", c -> c.download(t(c, 2, 2), FloatBuffer.allocate(3))),
                refuse("combine", c -> c.combine(1, t(c, 2, 3), 1, t(c, 3, 2))),
                refuse("multiply", c -> c.multiply(t(c, 2, 3), t(c, 1, 3))),
                refuse("mapGradient", c -> c.mapGradient(Activation.SILU, t(c, 2, 3), t(c, 2, 2))),
                refuse("multiplyScalar", c -> c.multiplyScalar(t(c, 2, 3), t(c, 1, 3))),
                refuse("scaleRows by a row", c -> c.scaleRows(t(c, 2, 2), t(c, 1, 2))),
                refuse("scaleRows", c -> c.scaleRows(t(c, 2, 3), t(c, 3, 1))),
                refuse("rowDots", c -> c.rowDots(t(c, 2, 3), t(c, 3, 3))),
                refuse("dot", c -> c.dot(t(c, 2, 3), t(c, 3, 2))),
                refuse("repeatRow of two rows", c -> c.repeatRow(t(c, 2, 3), 4)),
                refuse("repeatRow a negative number of times", c -> c.repeatRow(t(c, 1, 3), -1)),
                refuse("gatherRows beyond the table", c -> c.gatherRows(t(c, 3, 2), 0, 3)),
                refuse("gatherRows of a row -2", c -> c.gatherRows(t(c, 3, 2), -2)),
                refuse("scatterRows beyond the table", c -> c.scatterRows(t(c, 2, 2), 3, 0, 3)),
                refuse("scatterRows with too few indices", c -> c.scatterRows(t(c, 3, 2), 3, 0, 1)),
                refuse("columns beyond the last", c -> c.columns(t(c, 2, 4), 2, 3)),
                refuse("columns before the first", c -> c.columns(t(c, 2, 4), -1, 3)),
                refuse("columns of a negative number", c -> c.columns(t(c, 2, 4), 2, -1)),
                refuse("concatenateColumns", c -> c.concatenateColumns(t(c, 2, 3), t(c, 3, 3))),
                refuse("concatenateColumns of nothing", c -> c.concatenateColumns()),
                refuse("join of nothing", c -> c.join()),
                refuse("split into too few", c -> c.split(t(c, 2, 3), List.of(new Shape(5, 1)))),
                refuse("split into too many", c -> c.split(t(c, 2, 3), List.of(new Shape(2, 3), new Shape(1, 1)))),
                refuse("scaleParts with too few sizes", c -> c.scaleParts(t(c, 2, 3), t(c, 2, 1), 2, 3)),
                refuse("scaleParts with a negative size", c -> c.scaleParts(t(c, 2, 3), t(c, 2, 1), 7, -1)),
                refuse("scaleParts by a row", c -> c.scaleParts(t(c, 2, 3), t(c, 1, 2), 2, 4)),
                refuse("partDots of different shapes", c -> c.partDots(t(c, 2, 3), t(c, 3, 2), 2, 4)),
                refuse("partDots with too many sizes", c -> c.partDots(t(c, 2, 3), t(c, 2, 3), 2, 4, 1)),
                refuse("dropoutMask that keeps nothing", c -> c.dropoutMask(new long[2], 3, 0)),
                refuse("dropoutMask that keeps more than all", c -> c.dropoutMask(new long[2], 3, 1.5)),
                refuse("matmul", c -> c.matmul(t(c, 2, 3), t(c, 2, 3))),
                refuse("scaledMatmul", c -> c.scaledMatmul(2, t(c, 2, 3), false, t(c, 2, 3), false)),
                refuse("matmul, first factor transposed", c -> c.matmul(t(c, 2, 3), true, t(c, 3, 2), false)),
                refuse("matmul, second factor transposed", c -> c.matmul(t(c, 2, 3), false, t(c, 3, 2), true)),
                refuse("linear", c -> c.linear(t(c, 2, 3), t(c, 2, 3), null)),
                refuse("linear with a bias too long", c -> c.linear(t(c, 2, 3), t(c, 3, 4), t(c, 1, 5))),
                refuse("linear with a column for a bias", c -> c.linear(t(c, 4, 3), t(c, 3, 4), t(c, 4, 1))),
                refuse("addProduct", c -> c.addProduct(t(c, 2, 4), 1, t(c, 2, 3), t(c, 4, 2))),
                refuse("addProduct to another shape", c -> c.addProduct(t(c, 4, 2), 1, t(c, 2, 3), t(c, 4, 3))),
                refuse("layerNorm with a gain too short", c -> c.layerNorm(t(c, 2, 3), t(c, 1, 2), t(c, 1, 3), 1e-5)),
                refuse("layerNorm with a bias too short", c -> c.layerNorm(t(c, 2, 3), t(c, 1, 3), t(c, 1, 2), 1e-5)),
                refuse("layerNormGradient", c -> c.layerNormGradient(t(c, 2, 3), t(c, 1, 3), t(c, 3, 3), 1e-5)),
                refuse("rmsNorm", c -> c.rmsNorm(t(c, 2, 3), t(c, 2, 3), 1e-5)),
                refuse("rmsNormGradient", c -> c.rmsNormGradient(t(c, 2, 3), t(c, 1, 3), t(c, 2, 2), 1e-5)),
                refuse("rotate of other columns",
                        c -> c.rotate(t(c, 5, 15), HEADS, SEGMENTS.positions(), new double[2], false)),
                refuse("rotate with too few positions", c -> c.rotate(t(c, 5, 16), HEADS, new int[4], new double[2], false)),
                refuse("rotate with too few angles", c -> c.rotate(t(c, 5, 16), HEADS, new int[5], new double[1], false)),
                refuse("rotate of odd heads",
                        c -> c.rotate(t(c, 5, 12), new Heads(2, 1, 3), new int[5], new double[1], false)),
                refuse("attention of other columns", c -> c.attention(t(c, 5, 15), ATTENTION, SEGMENTS)),
                refuse("attention over fewer rows", c -> c.attention(t(c, 6, 16), ATTENTION, SEGMENTS)),
                refuse("attentionGradient", c -> c.attentionGradient(t(c, 5, 16), t(c, 5, 16), ATTENTION, SEGMENTS)),
                refuse("cachedAttention into a full cache", c -> cached(c, t(c, 5, 16), t(c, 8, 4), t(c, 8, 4), 0, 2)),
                refuse("cachedAttention with a negative past", c -> cached(c, t(c, 5, 16), t(c, 8, 4), t(c, 8, 4), 0, -1)),
                refuse("cachedAttention beyond the cache", c -> cached(c, t(c, 5, 16), t(c, 8, 4), new int[] {0, 6}, 0, 0)),
                refuse("cachedAttention before the cache", c -> cached(c, t(c, 5, 16), t(c, 8, 4), new int[] {-1, 4}, 0, 0)),
                refuse("cachedAttention into another's rows",
                        c -> cached(c, t(c, 5, 16), t(c, 8, 4), new int[] {2, 0}, 0, 0)),
                refuse("cachedAttention with too few starts", c -> cached(c, t(c, 5, 16), t(c, 8, 4), new int[1], 0, 0)),
                refuse("cachedAttention with too few pasts", c -> cached(c, t(c, 5, 16), t(c, 8, 4), t(c, 8, 4), 0)),
                refuse("cachedAttention with another cache", c -> cached(c, t(c, 5, 16), t(c, 8, 5), t(c, 8, 5), 0, 0)),
                refuse("cachedAttention with uneven caches", c -> cached(c, t(c, 5, 16), t(c, 8, 4), t(c, 6, 4), 0, 0)),
                refuse("cachedAttention over other rows", c -> cached(c, t(c, 4, 16), t(c, 8, 4), t(c, 8, 4), 0, 0)),
                refuse("tokenLoss", c -> c.tokenLoss(t(c, 2, 3), t(c, 5, 4), new int[2], true)),
                refuse("tokenLoss with too few targets", c -> c.tokenLoss(t(c, 2, 3), t(c, 5, 3), new int[1], false)),
                refuse("tokenLoss of an unknown token", c -> c.tokenLoss(t(c, 2, 3), t(c, 5, 3), new int[] {5, 0}, false)),
                refuse("headGradient", c -> c.headGradient(t(c, 2, 3), t(c, 5, 3), new int[2], t(c, 1, 2))),
                refuse("tokenLoss below 0", c -> c.tokenLoss(t(c, 2, 3), t(c, 5, 3), 0, new int[2], false)),
                refuse("headGradient of an unknown token",
                        c -> c.headGradient(t(c, 2, 3), t(c, 5, 3), new int[] {0, -2}, t(c, 2, 1))),
                refuse("knownProduct of another shape",
                        c -> c.knownProduct(t(c, 2, 3), t(c, 2, 3), t(c, 3, 4), false)),
                refuse("knownProduct", c -> c.knownProduct(t(c, 2, 4), t(c, 2, 3), t(c, 3, 4), true)),
                refuse("knownProduct with a tangent of the weight",
                        c -> c.knownProduct(t(c, 2, 4), t(c, 2, 3), c.dual(t(c, 3, 4), t(c, 3, 4)), false)),
                refuse("knownTokenLoss with another gradient",
                        c -> c.knownTokenLoss(t(c, 2, 3), t(c, 5, 3), new int[2], t(c, 2, 4))),
                refuse("knownTokenLoss with a tangent of the head",
                        c -> c.knownTokenLoss(t(c, 2, 3), c.dual(t(c, 5, 3), t(c, 5, 3)), new int[2], t(c, 2, 3))),
                refuse("dual", c -> c.dual(t(c, 2, 3), t(c, 3, 2))),
                refuse("accumulate", c -> c.accumulate(t(c, 2, 3), 1, t(c, 3, 2))),
                refuse("accumulate a tangent into none",
                        c -> c.accumulate(t(c, 2, 3), 1, c.dual(t(c, 2, 3), t(c, 2, 3)))),
                refuse("accumulateProduct into another shape",
                        c -> c.accumulateProduct(t(c, 2, 3), 1, t(c, 2, 4), false, t(c, 4, 2), false)),
                refuse("accumulateProduct a tangent into none",
                        c -> c.accumulateProduct(t(c, 2, 3), 1, t(c, 4, 2), true, c.dual(t(c, 3, 4), t(c, 3, 4)), true)),
                refuse("addProductTo", c -> c.addProductTo(t(c, 2, 4), 1, t(c, 2, 3), t(c, 4, 2))),
                refuse("layerNormInputGradient", c -> c.layerNormInputGradient(t(c, 2, 3), t(c, 1, 3), t(c, 3, 3), 1e-5)),
                refuse("rmsNormInputGradient", c -> c.rmsNormInputGradient(t(c, 2, 3), t(c, 1, 3), t(c, 2, 2), 1e-5)),
                refuse("countFirst of fewer rows", c -> c.countFirst(t(c, 2, 3), 1)),
                refuse("countFirst of another column", c -> c.countFirst(t(c, 2, 3), 1, 3)),
                refuse("countFirst of a column -2", c -> c.countFirst(t(c, 2, 3), 1, -2)),
                refuse("largestColumns of no columns", c -> c.largestColumns(t(c, 2, 0))),
                refuse("addOwnProducts of too few rows",
                        c -> c.addOwnProducts(t(c, 2, 5), t(c, 2, 3), t(c, 4, 3), t(c, 10, 2), 0)),
                refuse("addOwnProducts with a third pair of two",
                        c -> c.addOwnProducts(t(c, 2, 5), t(c, 2, 3), t(c, 4, 3), t(c, 10, 2), 0, 2)),
                refuse("addOwnProducts of half a factor",
                        c -> c.addOwnProducts(t(c, 2, 5), t(c, 2, 3), t(c, 4, 3), t(c, 9, 2), 0, 1)),
                refuse("addOwnProducts with a tangent",
                        c -> c.addOwnProducts(c.dual(t(c, 2, 5), t(c, 2, 5)), t(c, 2, 3), t(c, 4, 3), t(c, 10, 2), 0, 1)));
    }

    private static void cached(Compute c, Tensor packed, Tensor cache, int[] starts, int... past) {
        c.cachedAttention(packed, ATTENTION, SEGMENTS, cache, t(c, cache.rows(), cache.columns()), starts, past);
    }

    private static void cached(Compute c, Tensor packed, Tensor keys, Tensor values, int... past) {
        c.cachedAttention(packed, ATTENTION, SEGMENTS, keys, values, new int[] {0, 4}, past);
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void isRefused(Refusal refusal) {
        for (DType dtype : DType.values()) {
            try (Compute compute = backend().open(dtype)) {
                try (Scope scope = compute.scope()) {
                    Exception e = assertThrows(IllegalArgumentException.class, () -> refusal.call.accept(compute));
                    assertEquals(false, e.getMessage() == null || e.getMessage().isBlank(), "a message says what is wrong");
                }
                assertEquals(0, compute.memory().liveBytes());
            }
        }
    }

    @Test
    void tensorsOfAnotherComputationAreRefused() {
        for (DType dtype : DType.values()) {
            try (Compute compute = backend().open(DType.FLOAT32); Compute other = backend().open(dtype)) {
                Tensor mine = t(compute, 2, 2);
                Tensor theirs = t(other, 2, 2);
                assertThrows(IllegalArgumentException.class, () -> compute.add(mine, theirs));
                assertThrows(IllegalArgumentException.class, () -> compute.matmul(theirs, mine));
                assertThrows(IllegalArgumentException.class, () -> compute.download(theirs));
                assertThrows(IllegalArgumentException.class, () -> compute.free(theirs));
                assertEquals(4, other.download(theirs).length);
            }
        }
    }

    @Test
    void cachedAttentionCarriesNoTangents() {
        for (DType dtype : DType.values()) {
            try (Compute compute = backend().open(dtype)) {
                Tensor packed = t(compute, 5, 16);
                assertThrows(UnsupportedOperationException.class, () -> cached(compute, compute.dual(packed, packed),
                        t(compute, 8, 4), t(compute, 8, 4), 0, 0));
            }
        }
    }
}
