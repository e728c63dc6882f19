package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.perk4j.backend.BlockMatrix;
import org.perk4j.tensor.Shape;

/**
 * A matrix of blocks. Each element is computed by itself, from the formula that ggml's {@code ggml-quants.c} has for its
 * layout, in floats.
 *
 * @param elements of a block
 * @param size     of a block in bytes
 * @param all      the rows, one after another
 */
record Blocks(String layout, int elements, int size, Shape shape, boolean transposed, ByteBuffer all)
        implements BlockMatrix {

    private static final int HALF_BIAS = 25;

    /** @return a matrix of random bits: any scales, also subnormal and infinite ones if these are wanted */
    static Blocks random(BlockLayout layout, Shape shape, boolean transposed, boolean anyScale, long seed) {
        int elements = layout.name().endsWith("K") ? 256 : 32;
        int size = switch (layout) {
            case F16, BF16 -> 64;
            case Q4_0 -> 18;
            case Q4_1 -> 20;
            case Q5_0 -> 22;
            case Q5_1 -> 24;
            case Q8_0 -> 34;
            case Q4_K -> 144;
            case Q5_K -> 176;
            case Q6_K -> 210;
        };
        byte[] bits = new byte[Math.toIntExact(shape.size() / elements * size)];
        new Random(seed).nextBytes(bits);
        Blocks blocks = new Blocks(layout.name(), elements, size, shape, transposed,
                ByteBuffer.allocateDirect(bits.length).order(ByteOrder.LITTLE_ENDIAN).put(0, bits));
        if (!anyScale) {
            blocks.moderate();
        }
        return blocks;
    }

    /** Makes all half-precision numbers, and those in bfloat16, about 0.01. */
    private void moderate() {
        boolean isWide = layout.equals("BF16");
        for (int at = 0; at < all.capacity(); at += size) {
            int last = layout.endsWith("F16") ? size : layout.equals("Q6_K") ? size : layout.matches("Q._[1K]") ? 4 : 2;
            for (int i = layout.equals("Q6_K") ? size - 2 : 0; i < last; i += 2) {
                int bits = all.getShort(at + i);
                all.putShort(at + i, (short) (isWide ? bits & 0x807F | 0x3C00 : bits & 0x83FF | 0x2000));
            }
        }
    }

    @Override
    public long bytes() {
        return all.capacity();
    }

    @Override
    public void copy(int row, int rows, int first, int count, byte[] target) {
        if (count == start(1)) {
            all.get(start(row), target, 0, rows * count);
            return;
        }
        for (int i = 0; i < rows; i++) {
            all.get(start(row + i) + first, target, i * count, count);
        }
    }

    private int start(int row) {
        return row * (transposed ? shape.rows() : shape.columns()) / elements * size;
    }

    @Override
    public void widen(int row, int first, int count, float[] target, int at) {
        for (int i = 0; i < count; i++) {
            target[at + i] = element(start(row) + (first + i) / elements * size, (first + i) % elements);
        }
    }

    /** @return element i of the block that begins at an index */
    private float element(int at, int i) {
        switch (layout) {
            case "F16":
                return half(at + 2 * i);
            case "BF16":
                return Float.intBitsToFloat(all.getShort(at + 2 * i) << 16);
            case "Q4_0":
                return half(at) * (nibble(at + 2, i) - 8);
            case "Q4_1":
                return half(at) * nibble(at + 4, i) + half(at + 2);
            case "Q5_0":
                return half(at) * ((nibble(at + 6, i) | bit(at + 2, i) << 4) - 16);
            case "Q5_1":
                return half(at) * (nibble(at + 8, i) | bit(at + 4, i) << 4) + half(at + 2);
            case "Q8_0":
                return half(at) * all.get(at + 2 + i);
            case "Q4_K":
                return half(at) * six(at + 4, i / 32) * nibble(at + 16 + i / 64 * 32, i % 64)
                        - half(at + 2) * six(at + 4, 8 + i / 32);
            case "Q5_K":
                int fifth = all.get(at + 16 + i % 32) >> i / 32 & 1;
                return half(at) * six(at + 4, i / 32) * (nibble(at + 48 + i / 64 * 32, i % 64) | fifth << 4)
                        - half(at + 2) * six(at + 4, 8 + i / 32);
            case "Q6_K":
                int low = all.get(at + i / 128 * 64 + i % 64) >> i / 64 % 2 * 4 & 15;
                int upper = all.get(at + 128 + i / 128 * 32 + i % 32) >> i / 32 % 4 * 2 & 3;
                return half(at + 208) * all.get(at + 192 + i / 16) * ((low | upper << 4) - 32);
            default:
                throw new IllegalArgumentException(layout);
        }
    }

    /** The low four bits of a byte belong to the first half of the elements that share these bytes. */
    private int nibble(int at, int i) {
        int half = layout.endsWith("K") ? 32 : 16;
        return all.get(at + i % half) >> i / half * 4 & 15;
    }

    private int bit(int at, int i) {
        return all.get(at + i / 8) >> i % 8 & 1;
    }

    /** @param i a scale of the eight blocks, or after these a minimum */
    private int six(int at, int i) {
        int block = i % 8;
        int bytes = at + i / 8 * 4;
        return block < 4 ? all.get(bytes + block) & 63
                : all.get(at + 4 + block) >> i / 8 * 4 & 15 | (all.get(bytes + block - 4) >> 6 & 3) << 4;
    }

    private float half(int at) {
        int bits = all.getShort(at);
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        float size = exponent == 31 ? fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                : exponent == 0 ? Math.scalb(fraction, 1 - HALF_BIAS) : Math.scalb(1024f + fraction, exponent - HALF_BIAS);
        return bits < 0 ? -size : size;
    }
}
