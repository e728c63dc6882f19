package org.perk4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What is refused at all, the contract of backends tests; here what is said about it, and the shapes of results. */
class ShapesTest {

    private static final Heads HEADS = new Heads(2, 1, 4);
    private static final AttentionSpec ATTENTION = new AttentionSpec(HEADS);
    private static final Segments SEGMENTS = new Segments(2, 3);

    private record OfShape(Shape shape, boolean hasTangent) implements Tensor {
    }

    private static Tensor t(int rows, int columns) {
        return new OfShape(new Shape(rows, columns), false);
    }

    @Test
    void resultsHaveTheShapesThatOperationsSay() {
        assertEquals(new Shape(2, 3), Shapes.combine(t(2, 3), t(2, 3)));
        assertEquals(new Shape(2, 3), Shapes.scaleRows(t(2, 3), t(2, 1)));
        assertEquals(new Shape(2, 1), Shapes.rowDots(t(2, 3), t(2, 3)));
        assertEquals(new Shape(1, 1), Shapes.dot(t(2, 3), t(2, 3)));
        assertEquals(new Shape(1, 3), Shapes.sumRows(t(2, 3)));
        assertEquals(new Shape(4, 3), Shapes.repeatRow(t(1, 3), 4));
        assertEquals(new Shape(3, 5), Shapes.gatherRows(t(2, 5), new int[] {1, -1, 0}));
        assertEquals(new Shape(7, 5), Shapes.scatterRows(t(2, 5), 7, new int[] {6, -1}));
        assertEquals(new Shape(2, 4), Shapes.columns(t(2, 5), 1, 4));
        assertEquals(new Shape(2, 8), Shapes.concatenateColumns(new Tensor[] {t(2, 3), t(2, 5)}));
        assertEquals(new Shape(2, 9), Shapes.dropoutMask(new long[2], 9, 1));
        assertEquals(new Shape(2, 4), Shapes.matmul(t(2, 3), false, t(3, 4), false));
        assertEquals(new Shape(3, 4), Shapes.matmul(t(2, 3), true, t(4, 2), true));
        assertEquals(new Shape(2, 4), Shapes.linear(t(2, 3), t(3, 4), t(1, 4)));
        assertEquals(new Shape(5, 8), Shapes.attention(t(5, 16), ATTENTION, SEGMENTS));
        assertEquals(new Shape(5, 16), Shapes.attentionGradient(t(5, 16), t(5, 8), ATTENTION, SEGMENTS));
        assertEquals(new Shape(5, 8), Shapes.cachedAttention(t(5, 16), ATTENTION, SEGMENTS, t(8, 4), t(8, 4),
                new int[] {4, 0}, new int[] {2, 1}));
        assertEquals(new Shape(2, 1), Shapes.tokenLoss(t(2, 3), t(7, 3), 30, new int[] {6, -1}));
        assertEquals(new Shape(7, 3), Shapes.headGradient(t(2, 3), t(7, 3), 30, new int[2], t(2, 1)));
    }

    @Test
    void refusalsNameOperationArgumentsAndWhatIsRequired() {
        assertRefused("combine of 2×3, 3×2: both must have the same shape", () -> Shapes.combine(t(2, 3), t(3, 2)));
        assertRefused("scaleRows of 1×2: the column of factors must be 2×1", () -> Shapes.scaleRows(t(2, 3), t(1, 2)));
        assertRefused("gatherRows of row 3: there are 3 rows, counted from 0",
                () -> Shapes.gatherRows(t(3, 2), new int[] {3}));
        assertRefused("scatterRows of 2 indices: there must be 3",
                () -> Shapes.scatterRows(t(3, 2), 4, new int[] {0, 1}));
        assertRefused("columns of 2×4, 3 from 2 on: they must be columns of it", () -> Shapes.columns(t(2, 4), 2, 3));
        assertRefused("dropoutMask of 0.0: the share that is kept must be above 0, and at most 1",
                () -> Shapes.dropoutMask(new long[1], 1, 0));
        assertRefused("matmul of 2×3ᵀ, 3×2: the first must have as many columns as the second has rows",
                () -> Shapes.matmul(t(2, 3), true, t(3, 2), false));
        assertRefused("rotate of Heads[queries=2, keyValues=1, size=4], 1 frequencies: there must be one for each pair of a"
                + " head's columns", () -> Shapes.rotate(t(5, 16), HEADS, new int[5], new double[1]));
        assertRefused("cachedAttention of 2 that it has in it, 3 new ones: the cache has the rows 4 to 8 for sequence 1",
                () -> Shapes.cachedAttention(t(5, 16), ATTENTION, SEGMENTS, t(8, 4), t(8, 4), new int[] {0, 4},
                        new int[] {0, 2}));
        assertRefused("upload of 2×2, 3 elements: there must be 4", () -> Shapes.upload(new Shape(2, 2), 3));
        assertRefused("accumulate of 1×1, 1×1: the sum must have a tangent if the term has one",
                () -> Shapes.accumulate(t(1, 1), new OfShape(Shape.SCALAR, true)));
    }

    private static void assertRefused(String expected, Executable call) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
