package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Who owns a tensor, when its memory goes back, and that nobody reads it afterwards. */
abstract class LifetimeContract {

    private static final Shape SHAPE = new Shape(13, 17);

    abstract Backend backend();

    private static void assertAlive(Compute compute, Tensor tensor) {
        assertEquals(tensor.shape().size(), compute.download(tensor).length);
    }

    private static void assertFreed(Compute compute, Tensor tensor) {
        assertThrows(IllegalStateException.class, () -> compute.download(tensor), "downloaded after it was freed");
        assertThrows(IllegalStateException.class, () -> compute.affine(tensor, 2, 1), "computed with after it was freed");
    }

    private static long live(Compute compute) {
        return compute.memory().liveBytes();
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void memoryIsCounted(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            assertEquals(0, live(compute));
            Tensor plain = compute.fill(SHAPE, 1);
            long bytes = live(compute);
            assertTrue(bytes >= SHAPE.size() * dtype.bytes(), bytes + " bytes for " + SHAPE);
            Tensor dual = compute.dual(plain, plain);
            assertTrue(live(compute) - bytes >= 2 * SHAPE.size() * dtype.bytes(), "a tangent takes memory");
            compute.free(dual);
            assertEquals(bytes, live(compute));
            compute.free(plain);
            assertEquals(0, live(compute));
            assertTrue(compute.memory().peakBytes() >= 3 * SHAPE.size() * dtype.bytes(), "the peak stays");
        }
    }

    /** Temporaries are gone when an operation is done, and what is repeated takes no more memory than the first time. */
    @ParameterizedTest
    @MethodSource("org.perk4j.tck.OperationTable#all")
    void operationsLeaveOnlyResults(Operation operation) {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor[] arguments = operation.tensors(compute, operation.point(), operation.direction(1));
            long before = live(compute);
            for (Tensor result : operation.evaluation().apply(compute, arguments)) {
                compute.free(result);
            }
            assertEquals(before, live(compute));
            long peak = compute.memory().peakBytes();
            try (Scope scope = compute.scope()) {
                operation.evaluation().apply(compute, arguments);
            }
            assertEquals(before, live(compute));
            assertEquals(peak, compute.memory().peakBytes());
        }
    }

    /**
     * Parts are tensors like others, though they may share memory: each is there until it is freed, and then all is given
     * back.
     */
    @ParameterizedTest
    @EnumSource(DType.class)
    void partsOutliveTheWhole(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Shape half = new Shape(SHAPE.rows(), 1);
            List<Shape> halves = List.of(half, new Shape(SHAPE.rows(), SHAPE.columns() - 1));
            for (boolean tangent : new boolean[] {false, true}) {
                Tensor kept;
                try (Scope scope = compute.scope()) {
                    Tensor plain = compute.fill(SHAPE, 3);
                    Tensor whole = tangent ? compute.dual(plain, plain) : plain;
                    List<Tensor> parts = compute.split(whole, halves);
                    compute.free(parts.get(1));
                    assertAlive(compute, whole);
                    compute.free(whole);
                    assertFreed(compute, whole);
                    kept = scope.keep(parts.get(0));
                }
                assertEquals(3, compute.download(kept)[half.rows() - 1]);
                try (Scope scope = compute.scope()) {
                    assertEquals(tangent ? 3 : 0, compute.download(compute.tangent(kept))[half.rows() - 1]);
                }
                assertTrue(live(compute) > 0);
                compute.free(kept);
                assertFreed(compute, kept);
                assertEquals(0, live(compute));
            }
        }
    }

    @Test
    void aScopeFreesWhatWasMadeInIt() {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor outside = compute.fill(SHAPE, 1);
            long before = live(compute);
            Tensor inside;
            Tensor kept;
            try (Scope scope = compute.scope()) {
                inside = compute.add(outside, outside);
                kept = scope.keep(compute.scale(inside, 2));
                assertEquals(outside, scope.keep(outside), "a tensor of another owner stays as it is");
            }
            assertFreed(compute, inside);
            assertAlive(compute, outside);
            assertAlive(compute, kept);
            compute.free(kept);
            assertEquals(before, live(compute));
        }
    }

    @Test
    void scopesNest() {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor toOuter;
            Tensor toRoot;
            try (Scope outer = compute.scope()) {
                try (Scope inner = compute.scope()) {
                    toOuter = inner.keep(compute.fill(SHAPE, 1));
                    toRoot = outer.keep(inner.keep(compute.fill(SHAPE, 2)));
                    Tensor notOuters = compute.fill(SHAPE, 3);
                    outer.keep(notOuters);
                    inner.close();
                    assertFreed(compute, notOuters);
                }
                assertAlive(compute, toOuter);
            }
            assertFreed(compute, toOuter);
            assertAlive(compute, toRoot);
        }
    }

    @Test
    void aScopeAdoptsFromThoseWithin() {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor outside = compute.fill(SHAPE, 1);
            Tensor adopted;
            try (Scope outer = compute.scope()) {
                Tensor own = compute.fill(SHAPE, 2);
                try (Scope middle = compute.scope(); Scope inner = compute.scope()) {
                    adopted = outer.adopt(compute.fill(SHAPE, 3));
                    inner.adopt(outside);
                    inner.adopt(own);
                    inner.close();
                    assertAlive(compute, own);
                }
                assertAlive(compute, adopted);
            }
            assertFreed(compute, adopted);
            assertAlive(compute, outside);
        }
    }

    @Test
    void closingAScopeAgainFreesNothingMore() {
        try (Compute compute = backend().open(DType.FLOAT32); Scope outer = compute.scope()) {
            Scope inner = compute.scope();
            inner.close();
            Tensor later = compute.fill(SHAPE, 1);
            inner.close();
            assertAlive(compute, later);
        }
    }

    @Test
    void freeingComesAheadOfTheOwner() {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            long before = live(compute);
            try (Scope scope = compute.scope()) {
                Tensor early = compute.fill(SHAPE, 1);
                compute.free(early);
                assertFreed(compute, early);
                assertEquals(before, live(compute));
                // Its memory may be in use again when the scope closes: the new owner must not lose it.
                scope.keep(compute.fill(SHAPE, 2));
            }
            assertTrue(live(compute) > before);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void scopedHandsOnItsResultOnly(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor x = compute.fill(SHAPE, 3);
            Tensor[] temporary = new Tensor[2];
            long before = live(compute);
            Tensor result = compute.scoped(() -> {
                temporary[0] = compute.scale(x, 2);
                return compute.scoped(() -> {
                    temporary[1] = compute.add(temporary[0], x);
                    return compute.scale(temporary[1], 0.5);
                });
            });
            assertFreed(compute, temporary[0]);
            assertFreed(compute, temporary[1]);
            assertEquals(4.5, compute.download(result)[5]);
            compute.free(result);
            assertEquals(before, live(compute));
            assertEquals(x, compute.scoped(() -> x));
            assertAlive(compute, x);
        }
    }

    @Test
    void aFailureFreesItsScope() {
        try (Compute compute = backend().open(DType.FLOAT32)) {
            assertThrows(ArithmeticException.class, () -> compute.scoped(() -> {
                compute.fill(SHAPE, 1);
                throw new ArithmeticException("as wanted");
            }));
            assertEquals(0, live(compute));
            assertAlive(compute, compute.fill(SHAPE, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void copiesDoNotShareTheirOriginalsFate(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            Tensor value = compute.fill(SHAPE, 2);
            Tensor direction = compute.fill(SHAPE, 3);
            Tensor dual = compute.dual(value, direction);
            compute.free(value);
            compute.free(direction);
            Tensor primal = compute.primal(dual);
            Tensor tangent = compute.tangent(dual);
            compute.free(dual);
            compute.accumulate(primal, 1, primal);
            assertEquals(4, compute.download(primal)[0]);
            assertEquals(3, compute.download(tangent)[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void ownersEndInAnyOrder(DType dtype) {
        try (Compute compute = backend().open(dtype)) {
            long before = live(compute);
            Owner first = compute.owner();
            Owner second = compute.owner();
            Tensor ofFirst;
            Tensor ofSecond;
            Tensor moreOfFirst;
            try (Scope scope = compute.scope()) { // an owner's tensors outlive the scope in which they were made
                ofFirst = madeIn(first, compute, 1);
                ofSecond = madeIn(second, compute, 2);
                moreOfFirst = madeIn(first, compute, 3);
            }
            assertEquals(2, compute.download(ofSecond)[0]);
            first.close();
            assertFreed(compute, ofFirst);
            assertFreed(compute, moreOfFirst);
            assertEquals(2, compute.download(ofSecond)[0]);
            first.close();
            assertThrows(IllegalStateException.class, first::scope);
            compute.free(ofSecond);
            assertEquals(before, live(compute));
            second.close();
            assertEquals(before, live(compute));
        }
    }

    private static Tensor madeIn(Owner owner, Compute compute, double value) {
        try (Scope scope = owner.scope()) {
            return compute.scoped(() -> compute.scale(compute.fill(SHAPE, 1), value));
        }
    }

    /** What is made in an owner's scope can be handed on like what is made in any other, until the scope is closed. */
    @Test
    void anOwnersScopeIsAScope() {
        try (Compute compute = backend().open(DType.FLOAT32); Scope outer = compute.scope()) {
            Owner owner = compute.owner();
            Tensor owned;
            Tensor kept;
            Tensor adopted;
            try (Scope scope = owner.scope()) {
                assertThrows(IllegalStateException.class, owner::close, "a scope of it is open");
                owned = compute.fill(SHAPE, 1);
                kept = scope.keep(compute.fill(SHAPE, 2));
                adopted = outer.adopt(compute.fill(SHAPE, 3));
                assertAlive(compute, owned);
            }
            outer.adopt(owned);
            owner.close();
            assertFreed(compute, owned);
            assertAlive(compute, kept);
            assertAlive(compute, adopted);
        }
    }

    @Test
    void closingTheComputationFreesWhatOwnersHave() {
        Compute compute = backend().open(DType.FLOAT32);
        Owner owner = compute.owner();
        Tensor closed = madeIn(owner, compute, 1);
        owner.scope();
        compute.fill(SHAPE, 1);
        compute.close();
        assertEquals(0, live(compute));
        assertThrows(IllegalStateException.class, () -> compute.download(closed));
        owner.close();
        assertThrows(IllegalStateException.class, owner::scope);
        assertThrows(IllegalStateException.class, compute::owner);
    }

    @Test
    void closingTheComputationFreesEverything() {
        Compute compute = backend().open(DType.FLOAT32);
        Tensor rooted = compute.fill(SHAPE, 1);
        compute.scope();
        Tensor scoped = compute.fill(SHAPE, 1);
        compute.close();
        assertEquals(0, live(compute));
        assertThrows(IllegalStateException.class, () -> compute.download(rooted));
        assertThrows(IllegalStateException.class, () -> compute.download(scoped));
        assertThrows(IllegalStateException.class, () -> compute.fill(SHAPE, 1));
        compute.close();
    }

    @Test
    void computationsAreIndependent() {
        Compute first = backend().open(DType.FLOAT32);
        try (Compute second = backend().open(DType.FLOAT32)) {
            Tensor tensor = second.fill(SHAPE, 5);
            assertEquals(0, live(first));
            first.fill(SHAPE, 6);
            first.close();
            assertArrayEquals(second.download(second.fill(SHAPE, 5)), second.download(tensor));
        }
    }
}
