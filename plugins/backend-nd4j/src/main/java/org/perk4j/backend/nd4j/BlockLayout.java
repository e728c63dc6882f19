package org.perk4j.backend.nd4j;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Layouts of blocks of elements in GGUF files, as ggml's {@code ggml-quants.c} defines them, widened by vectors. The names
 * are those of the format. Products and sums are rounded as there, so elements are equal to the bit.
 *
 * <p>In blocks of 32 elements, the low four bits of 16 bytes are the first 16 elements, the high four bits the others.
 * Super-blocks of 256 elements hold eight or sixteen smaller blocks with a scale of six or eight bits each, which is
 * multiplied by the super-block's own.
 */
enum BlockLayout {
    F16(32, 64, BlockLayout::f16),
    BF16(32, 64, BlockLayout::bf16),
    Q4_0(32, 18, BlockLayout::q4WithScale, BlockLayout::sumsOfQ4WithScale),
    Q4_1(32, 20, BlockLayout::q4WithMinimum, BlockLayout::sumsOfQ4WithMinimum),
    Q5_0(32, 22, BlockLayout::q5WithScale),
    Q5_1(32, 24, BlockLayout::q5WithMinimum),
    Q8_0(32, 34, BlockLayout::q8, BlockLayout::sumsOfQ8),
    Q4_K(256, 144, BlockLayout::q4OfSuperBlock),
    Q5_K(256, 176, BlockLayout::q5OfSuperBlock),
    Q6_K(256, 210, BlockLayout::q6OfSuperBlock);

    /** The most bytes that an element takes. */
    static final int MOST_BYTES = 2;

    /** Shorter vectors than eight floats would take fewer bytes than a vector has at least. */
    private static final boolean LONG_VECTORS = Simd.LANES >= 8;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> BYTES = !LONG_VECTORS ? null
            : VectorSpecies.of(byte.class, VectorShape.forBitSize(Byte.SIZE * Simd.LANES));
    private static final VectorSpecies<Byte> OF_SHORTS = !LONG_VECTORS ? null
            : VectorSpecies.of(byte.class, VectorShape.forBitSize(Short.SIZE * Simd.LANES));
    private static final IntVector LANE = IntVector.zero(INTS).addIndex(1);

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** The exponent bits of binary16. */
    private static final int HALF_EXPONENT = 0x7C00;

    /** All half-precision numbers as floats: looked up faster than computed. */
    private static final float[] HALVES = halves();

    /** Widens blocks: see {@link #widen}. */
    private interface OfBlocks {
        void widen(byte[] b, int at, int blocks, float[] target, int to);
    }

    /** Multiplies blocks: see {@link #sums}. */
    private interface WithBlocks {
        void sums(byte[] b, int at, int other, int blocks, float[] x, float[] into, int to);
    }

    private final int elements;
    private final int bytes;
    private final OfBlocks widening;
    private final WithBlocks sums;

    BlockLayout(int elements, int bytes, OfBlocks widening) {
        this(elements, bytes, widening, null);
    }

    BlockLayout(int elements, int bytes, OfBlocks widening, WithBlocks sums) {
        this.elements = elements;
        this.bytes = bytes;
        this.widening = widening;
        this.sums = sums;
    }

    /** @return the layout of this name, if there are kernels for it on this processor */
    static Optional<BlockLayout> of(String name) {
        return Arrays.stream(values()).filter(layout -> LONG_VECTORS && layout.name().equals(name)).findAny();
    }

    /** @return whether this many elements are whole blocks */
    boolean isWhole(int count) {
        return count % elements == 0;
    }

    /** @return how many bytes this many elements take, whole blocks */
    int bytes(int count) {
        return count / elements * bytes;
    }

    /**
     * Widens consecutive blocks.
     *
     * @param b      the bytes of the blocks
     * @param at     the index of the first one
     * @param count  how many elements they have
     * @param target receives the floats
     * @param to     the index of the first one
     */
    void widen(byte[] b, int at, int count, float[] target, int to) {
        widening.widen(b, at, count / elements, target, to);
    }

    /** @return whether there is a kernel for {@link #sums} */
    boolean hasSums() {
        return sums != null;
    }

    /**
     * Multiplies two rows of blocks with a row, as {@link #widen} and then a product would do it, to the bit, but without
     * storing the floats. A sum waits for the one before it; of two rows they wait at the same time.
     *
     * @param b     the bytes of the blocks
     * @param at    the index of the first one
     * @param other that of the other row's
     * @param count how many elements a row has
     * @param x     the row
     * @param into  receives a vector for each row, one after the other, which is yet to be summed
     * @param to    the index of their first element
     */
    void sums(byte[] b, int at, int other, int count, float[] x, float[] into, int to) {
        sums.sums(b, at, other, count / elements, x, into, to);
    }

    /** Half-precision numbers: the exponent is shifted to where floats have it, and corrected by a product, exactly. */
    private static void f16(byte[] b, int at, int blocks, float[] target, int to) {
        for (int i = 0; i < 32 * blocks; i += Simd.LANES) {
            IntVector half = shorts(b, at + 2 * i);
            IntVector size = half.and(0x7FFF).lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(0x1p112f)
                    .reinterpretAsInts();
            VectorMask<Integer> isFinite = half.and(HALF_EXPONENT).compare(VectorOperators.NE, HALF_EXPONENT);
            IntVector infinite = size.or(Float.floatToRawIntBits(Float.POSITIVE_INFINITY));
            IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, 16);
            infinite.blend(size, isFinite).or(sign).reinterpretAsFloats().intoArray(target, to + i);
        }
    }

    /** The upper halves of floats. */
    private static void bf16(byte[] b, int at, int blocks, float[] target, int to) {
        for (int i = 0; i < 32 * blocks; i += Simd.LANES) {
            shorts(b, at + 2 * i).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(target, to + i);
        }
    }

    /** {@code scale·(q − 8)}. A block has the scale and 16 bytes of q. */
    private static void q4WithScale(byte[] b, int at, int blocks, float[] target, int to) {
        for (int block = 0; block < blocks; block++, at += 18, to += 32) {
            FloatVector scale = Simd.all(half(shortAt(b, at)));
            for (int i = 0; i < 16; i += Simd.LANES) {
                IntVector two = bytes(b, at + 2 + i);
                floats(low(two).sub(8)).mul(scale).intoArray(target, to + i);
                floats(high(two).sub(8)).mul(scale).intoArray(target, to + 16 + i);
            }
        }
    }

    private static void sumsOfQ4WithScale(byte[] b, int at, int other, int blocks, float[] x, float[] into, int to) {
        FloatVector sum = Simd.zero();
        FloatVector otherSum = Simd.zero();
        for (int block = 0, l = 0; block < blocks; block++, at += 18, other += 18) {
            FloatVector scale = Simd.all(half(shortAt(b, at)));
            FloatVector otherScale = Simd.all(half(shortAt(b, other)));
            for (int shift = 0; shift < 8; shift += 4) {
                for (int i = 0; i < 16; i += Simd.LANES, l += Simd.LANES) {
                    FloatVector v = Simd.load(x, l);
                    sum = v.fma(floats(four(b, at + 2 + i, shift).sub(8)).mul(scale), sum);
                    otherSum = v.fma(floats(four(b, other + 2 + i, shift).sub(8)).mul(otherScale), otherSum);
                }
            }
        }
        sum.intoArray(into, to);
        otherSum.intoArray(into, to + Simd.LANES);
    }

    /** {@code scale·q + minimum}. A block has scale, minimum and 16 bytes of q. */
    private static void q4WithMinimum(byte[] b, int at, int blocks, float[] target, int to) {
        for (int block = 0; block < blocks; block++, at += 20, to += 32) {
            int factors = intAt(b, at);
            FloatVector scale = Simd.all(half(factors));
            FloatVector minimum = Simd.all(half(factors >>> 16));
            for (int i = 0; i < 16; i += Simd.LANES) {
                IntVector two = bytes(b, at + 4 + i);
                floats(low(two)).fma(scale, minimum).intoArray(target, to + i);
                floats(high(two)).fma(scale, minimum).intoArray(target, to + 16 + i);
            }
        }
    }

    private static void sumsOfQ4WithMinimum(byte[] b, int at, int other, int blocks, float[] x, float[] into, int to) {
        FloatVector sum = Simd.zero();
        FloatVector otherSum = Simd.zero();
        for (int block = 0, l = 0; block < blocks; block++, at += 20, other += 20) {
            int factors = intAt(b, at);
            int otherFactors = intAt(b, other);
            FloatVector scale = Simd.all(half(factors));
            FloatVector minimum = Simd.all(half(factors >>> 16));
            FloatVector otherScale = Simd.all(half(otherFactors));
            FloatVector otherMinimum = Simd.all(half(otherFactors >>> 16));
            for (int shift = 0; shift < 8; shift += 4) {
                for (int i = 0; i < 16; i += Simd.LANES, l += Simd.LANES) {
                    FloatVector v = Simd.load(x, l);
                    sum = v.fma(floats(four(b, at + 4 + i, shift)).fma(scale, minimum), sum);
                    otherSum = v.fma(floats(four(b, other + 4 + i, shift)).fma(otherScale, otherMinimum), otherSum);
                }
            }
        }
        sum.intoArray(into, to);
        otherSum.intoArray(into, to + Simd.LANES);
    }

    /** {@code scale·(q − 16)}. A block has the scale, the fifth bits of all 32 elements, and 16 bytes with the others. */
    private static void q5WithScale(byte[] b, int at, int blocks, float[] target, int to) {
        for (int block = 0; block < blocks; block++, at += 22, to += 32) {
            FloatVector scale = Simd.all(half(shortAt(b, at)));
            int fifth = intAt(b, at + 2);
            for (int i = 0; i < 16; i += Simd.LANES) {
                IntVector two = bytes(b, at + 6 + i);
                floats(low(two).or(fifth(fifth >>> i)).sub(16)).mul(scale).intoArray(target, to + i);
                floats(high(two).or(fifth(fifth >>> 16 + i)).sub(16)).mul(scale).intoArray(target, to + 16 + i);
            }
        }
    }

    /** {@code scale·q + minimum}. A block has scale, minimum, the fifth bits, and 16 bytes with the others. */
    private static void q5WithMinimum(byte[] b, int at, int blocks, float[] target, int to) {
        for (int block = 0; block < blocks; block++, at += 24, to += 32) {
            int factors = intAt(b, at);
            FloatVector scale = Simd.all(half(factors));
            FloatVector minimum = Simd.all(half(factors >>> 16));
            int fifth = intAt(b, at + 4);
            for (int i = 0; i < 16; i += Simd.LANES) {
                IntVector two = bytes(b, at + 8 + i);
                floats(low(two).or(fifth(fifth >>> i))).fma(scale, minimum).intoArray(target, to + i);
                floats(high(two).or(fifth(fifth >>> 16 + i))).fma(scale, minimum).intoArray(target, to + 16 + i);
            }
        }
    }

    /** {@code scale·q}. A block has the scale and 32 signed bytes. */
    private static void q8(byte[] b, int at, int blocks, float[] target, int to) {
        for (int block = 0; block < blocks; block++, at += 34, to += 32) {
            FloatVector scale = Simd.all(half(shortAt(b, at)));
            for (int i = 0; i < 32; i += Simd.LANES) {
                floats(bytes(b, at + 2 + i)).mul(scale).intoArray(target, to + i);
            }
        }
    }

    private static void sumsOfQ8(byte[] b, int at, int other, int blocks, float[] x, float[] into, int to) {
        FloatVector sum = Simd.zero();
        FloatVector otherSum = Simd.zero();
        for (int block = 0, l = 0; block < blocks; block++, at += 34, other += 34) {
            FloatVector scale = Simd.all(half(shortAt(b, at)));
            FloatVector otherScale = Simd.all(half(shortAt(b, other)));
            for (int i = 0; i < 32; i += Simd.LANES, l += Simd.LANES) {
                FloatVector v = Simd.load(x, l);
                sum = v.fma(floats(bytes(b, at + 2 + i)).mul(scale), sum);
                otherSum = v.fma(floats(bytes(b, other + 2 + i)).mul(otherScale), otherSum);
            }
        }
        sum.intoArray(into, to);
        otherSum.intoArray(into, to + Simd.LANES);
    }

    /** {@code scale·q − minimum}, by blocks of 32. Two factors come first, then scales and minimums, then 128 bytes of q. */
    private static void q4OfSuperBlock(byte[] b, int at, int superBlocks, float[] target, int to) {
        for (int superBlock = 0; superBlock < superBlocks; superBlock++, at += 144, to += 256) {
            float scales = half(shortAt(b, at));
            float minimums = -half(shortAt(b, at + 2));
            for (int two = 0; two < 4; two++) {
                FloatVector scale = Simd.all(scales * scale(b, at + 4, 2 * two));
                FloatVector minimum = Simd.all(minimums * minimum(b, at + 4, 2 * two));
                FloatVector nextScale = Simd.all(scales * scale(b, at + 4, 2 * two + 1));
                FloatVector nextMinimum = Simd.all(minimums * minimum(b, at + 4, 2 * two + 1));
                for (int i = 0; i < 32; i += Simd.LANES) {
                    IntVector q = bytes(b, at + 16 + 32 * two + i);
                    floats(low(q)).fma(scale, minimum).intoArray(target, to + 64 * two + i);
                    floats(high(q)).fma(nextScale, nextMinimum).intoArray(target, to + 64 * two + 32 + i);
                }
            }
        }
    }

    /** The same with fifth bits, in 32 bytes before the 128: a byte has one bit of each of the eight blocks. */
    private static void q5OfSuperBlock(byte[] b, int at, int superBlocks, float[] target, int to) {
        for (int superBlock = 0; superBlock < superBlocks; superBlock++, at += 176, to += 256) {
            float scales = half(shortAt(b, at));
            float minimums = -half(shortAt(b, at + 2));
            for (int two = 0; two < 4; two++) {
                FloatVector scale = Simd.all(scales * scale(b, at + 4, 2 * two));
                FloatVector minimum = Simd.all(minimums * minimum(b, at + 4, 2 * two));
                FloatVector nextScale = Simd.all(scales * scale(b, at + 4, 2 * two + 1));
                FloatVector nextMinimum = Simd.all(minimums * minimum(b, at + 4, 2 * two + 1));
                for (int i = 0; i < 32; i += Simd.LANES) {
                    IntVector q = bytes(b, at + 48 + 32 * two + i);
                    IntVector fifth = bytes(b, at + 16 + i).lanewise(VectorOperators.LSHR, 2 * two);
                    IntVector lowFifth = fifth.and(1).lanewise(VectorOperators.LSHL, 4);
                    IntVector highFifth = fifth.and(2).lanewise(VectorOperators.LSHL, 3);
                    floats(low(q).or(lowFifth)).fma(scale, minimum).intoArray(target, to + 64 * two + i);
                    floats(high(q).or(highFifth)).fma(nextScale, nextMinimum).intoArray(target, to + 64 * two + 32 + i);
                }
            }
        }
    }

    /** Six bits. The first four blocks' are in bytes of their own, whose upper two bits are the upper bits of the others. */
    private static int scale(byte[] b, int at, int block) {
        return block < 4 ? b[at + block] & 63 : b[at + 4 + block] & 15 | (b[at + block - 4] >> 6 & 3) << 4;
    }

    private static int minimum(byte[] b, int at, int block) {
        return block < 4 ? b[at + 4 + block] & 63 : b[at + 4 + block] >> 4 & 15 | (b[at + block] >> 6 & 3) << 4;
    }

    /**
     * {@code scale·(q − 32)}, by blocks of 16. The low four bits of all elements come first, then their upper two bits, then
     * 16 signed scales, then the factor of these. Each half of 128 elements has 64 bytes of low and 32 bytes of upper bits,
     * a byte of which has those of four elements, 32 apart.
     */
    private static void q6OfSuperBlock(byte[] b, int at, int superBlocks, float[] target, int to) {
        for (int half = 0; half < 2 * superBlocks; half++, to += 128) {
            int lows = at + half / 2 * 210 + half % 2 * 64;
            int uppers = at + half / 2 * 210 + 128 + half % 2 * 32;
            int scales = at + half / 2 * 210 + 192 + half % 2 * 8;
            float factor = half(shortAt(b, at + half / 2 * 210 + 208));
            for (int i = 0; i < 32; i += Simd.LANES) {
                IntVector first = bytes(b, lows + i);
                IntVector second = bytes(b, lows + 32 + i);
                IntVector upper = bytes(b, uppers + i);
                int scale = scales + i / 16;
                six(low(first), upper.lanewise(VectorOperators.LSHL, 4), factor * b[scale], target, to + i);
                six(low(second), upper.lanewise(VectorOperators.LSHL, 2), factor * b[scale + 2], target, to + 32 + i);
                six(high(first), upper, factor * b[scale + 4], target, to + 64 + i);
                six(high(second), upper.lanewise(VectorOperators.LSHR, 2), factor * b[scale + 6], target, to + 96 + i);
            }
        }
    }

    /** @param upper has the upper two of six bits in their places, and others */
    private static void six(IntVector low, IntVector upper, float scale, float[] target, int to) {
        floats(upper.and(0x30).or(low).sub(32)).mul(scale).intoArray(target, to);
    }

    private static int shortAt(byte[] b, int at) {
        return (short) SHORT.get(b, at);
    }

    private static int intAt(byte[] b, int at) {
        return (int) INT.get(b, at);
    }

    private static IntVector bytes(byte[] b, int at) {
        return (IntVector) ByteVector.fromArray(BYTES, b, at).convertShape(VectorOperators.B2I, INTS, 0);
    }

    private static IntVector shorts(byte[] b, int at) {
        return (IntVector) ByteVector.fromArray(OF_SHORTS, b, at).reinterpretAsShorts()
                .convertShape(VectorOperators.S2I, INTS, 0);
    }

    /** @return four bits of each byte, from {@code shift} on */
    private static IntVector four(byte[] b, int at, int shift) {
        return bytes(b, at).lanewise(VectorOperators.LSHR, shift).and(15);
    }

    private static IntVector low(IntVector two) {
        return two.and(15);
    }

    private static IntVector high(IntVector two) {
        return two.lanewise(VectorOperators.LSHR, 4).and(15);
    }

    /** @return the lowest bits, one for each lane, as the fifth of the lane */
    private static IntVector fifth(int bits) {
        return IntVector.broadcast(INTS, bits).lanewise(VectorOperators.LSHR, LANE).and(1).lanewise(VectorOperators.LSHL, 4);
    }

    private static FloatVector floats(IntVector v) {
        return (FloatVector) v.convert(VectorOperators.I2F, 0);
    }

    /** @return the binary16 in the lower half of some bits, as a float */
    private static float half(int bits) {
        return HALVES[bits & 0xFFFF];
    }

    private static float[] halves() {
        float[] all = new float[1 << 16];
        for (int bits = 0; bits < all.length; bits++) {
            float size = Float.intBitsToFloat((bits & 0x7FFF) << 13) * 0x1p112f;
            int wide = Float.floatToRawIntBits(size) | (bits & 0x8000) << 16;
            boolean isFinite = (bits & HALF_EXPONENT) != HALF_EXPONENT;
            all[bits] = Float.intBitsToFloat(isFinite ? wide : wide | Float.floatToRawIntBits(Float.POSITIVE_INFINITY));
        }
        return all;
    }
}
