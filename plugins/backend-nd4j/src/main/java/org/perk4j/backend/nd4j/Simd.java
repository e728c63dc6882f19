package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Loads and stores of vectors of floats. All indices count elements. */
final class Simd {

    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** The number of elements in a vector. */
    static final int LANES = SPECIES.length();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final VectorSpecies<Integer> PAIRS = IntVector.SPECIES_PREFERRED;

    private Simd() {
    }

    /** @return how many of {@code n} elements are in whole vectors */
    static int whole(int n) {
        return n & -LANES;
    }

    /** @return {@code n} elements rounded up to whole vectors */
    static int roundedUp(int n) {
        return whole(n + LANES - 1);
    }

    static FloatVector zero() {
        return FloatVector.zero(SPECIES);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    /** Loads a whole vector. May read past the end of the data: blocks have slack for that. */
    static FloatVector load(ByteBuffer b, int at) {
        return FloatVector.fromByteBuffer(SPECIES, b, at << 2, ORDER);
    }

    static FloatVector load(float[] a, int at) {
        return FloatVector.fromArray(SPECIES, a, at);
    }

    /** Loads {@code count} elements followed by zeros; all elements if {@code count} is larger. */
    static FloatVector load(ByteBuffer b, int at, int count) {
        return first(load(b, at), count);
    }

    /** @return the first {@code count} elements followed by zeros; all elements if {@code count} is larger */
    static FloatVector first(FloatVector v, int count) {
        return count >= LANES ? v : zero().blend(v, SPECIES.indexInRange(0, count));
    }

    /**
     * Loads two vectors' worth of bfloat16: {@link #first} and {@link #second} extract the floats.
     *
     * @param at counted in elements of two bytes
     */
    static IntVector pair(ByteBuffer b, int at) {
        return IntVector.fromByteBuffer(PAIRS, b, at << 1, ORDER);
    }

    static FloatVector first(IntVector pair) {
        return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    static FloatVector second(IntVector pair) {
        return pair.and(0xFFFF0000).reinterpretAsFloats();
    }

    static void store(FloatVector v, ByteBuffer b, int at) {
        v.intoByteBuffer(b, at << 2, ORDER);
    }

    /** Stores the first {@code count} elements; all elements if {@code count} is larger. */
    static void store(FloatVector v, ByteBuffer b, int at, int count) {
        if (count >= LANES) {
            store(v, b, at);
        } else {
            storeRest(v, b, at, count);
        }
    }

    /**
     * Stores the first {@code count} elements of a vector, fewer than all. Works element by element, since another thread
     * may be writing what follows. To be called after a loop, not inside it, where it would be much slower.
     */
    static void storeRest(FloatVector v, ByteBuffer b, int at, int count) {
        for (int i = 0; i < count; i++) {
            b.putFloat((at + i) << 2, v.lane(i));
        }
    }

    static float sum(FloatVector v) {
        return v.reduceLanes(VectorOperators.ADD);
    }

    /**
     * Replaces subnormal elements with zero: some processors are a hundred times slower with them, and early in training,
     * products of small gradients are often subnormal.
     */
    static FloatVector flush(FloatVector v) {
        return v.blend(0f, v.abs().compare(VectorOperators.LT, Float.MIN_NORMAL));
    }
}
