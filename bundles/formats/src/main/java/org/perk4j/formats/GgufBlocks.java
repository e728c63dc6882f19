package org.perk4j.formats;

/**
 * Decodes elements, or one block, of the element types of GGUF files, as ggml's {@code ggml-quants.c} lays them out. Scales
 * are in binary16. All arithmetic is in float32 and in ggml's order, so results are equal to the bit.
 *
 * <p>In blocks of 32 elements, the low four bits of 16 bytes are the first 16 elements, the high four bits the others.
 * Super-blocks of 256 elements hold eight or sixteen smaller blocks with a scale of six or eight bits each, which is
 * multiplied by the super-block's own.
 */
final class GgufBlocks {

    /** Bytes of the scales and minimums of the eight blocks of a super-block. */
    private static final int SCALES = 12;

    private GgufBlocks() {
    }

    static void f32(byte[] b, int count, float[] elements, int to) {
        for (int i = 0; i < count; i++) {
            elements[to + i] = Float.intBitsToFloat(bits(b, 4 * i));
        }
    }

    static void f16(byte[] b, int count, float[] elements, int to) {
        for (int i = 0; i < count; i++) {
            elements[to + i] = half(b, 2 * i);
        }
    }

    static void bf16(byte[] b, int count, float[] elements, int to) {
        for (int i = 0; i < count; i++) {
            elements[to + i] = Float.intBitsToFloat((b[2 * i] & 0xff) << 16 | b[2 * i + 1] << 24);
        }
    }

    /** {@code scale·(q − 8)}. A block has the scale and 16 bytes of q. */
    static void q4WithScale(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        for (int i = 0; i < 16; i++) {
            int two = b[at + 2 + i];
            elements[to + i] = scale * ((two & 15) - 8);
            elements[to + 16 + i] = scale * ((two >> 4 & 15) - 8);
        }
    }

    /** {@code scale·q + minimum}. A block has scale, minimum and 16 bytes of q. */
    static void q4WithMinimum(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        float minimum = half(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int two = b[at + 4 + i];
            elements[to + i] = scale * (two & 15) + minimum;
            elements[to + 16 + i] = scale * (two >> 4 & 15) + minimum;
        }
    }

    /** {@code scale·(q − 16)}. A block has the scale, the fifth bits of all 32 elements, and 16 bytes with the others. */
    static void q5WithScale(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        int fifth = bits(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int two = b[at + 6 + i];
            elements[to + i] = scale * ((two & 15 | (fifth >> i & 1) << 4) - 16);
            elements[to + 16 + i] = scale * ((two >> 4 & 15 | (fifth >> 16 + i & 1) << 4) - 16);
        }
    }

    /** {@code scale·q + minimum}. A block has scale, minimum, the fifth bits, and 16 bytes with the others. */
    static void q5WithMinimum(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        float minimum = half(b, at + 2);
        int fifth = bits(b, at + 4);
        for (int i = 0; i < 16; i++) {
            int two = b[at + 8 + i];
            elements[to + i] = scale * (two & 15 | (fifth >> i & 1) << 4) + minimum;
            elements[to + 16 + i] = scale * (two >> 4 & 15 | (fifth >> 16 + i & 1) << 4) + minimum;
        }
    }

    private static int bits(byte[] b, int at) {
        return b[at] & 0xff | (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff) << 16 | b[at + 3] << 24;
    }

    /** {@code scale·q}. A block has the scale and 32 signed bytes. */
    static void q8(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        for (int i = 0; i < 32; i++) {
            elements[to + i] = scale * b[at + 2 + i];
        }
    }

    /** {@code scale·q − minimum}, by blocks of 32. Two factors come first, then scales and minimums, then 128 bytes of q. */
    static void q4OfSuperBlock(byte[] b, int at, float[] elements, int to) {
        float scales = half(b, at);
        float minimums = half(b, at + 2);
        for (int block = 0; block < 8; block++) {
            float scale = scales * scale(b, at + 4, block);
            float minimum = minimums * minimum(b, at + 4, block);
            int low = at + 4 + SCALES + block / 2 * 32;
            int shift = block % 2 * 4;
            for (int i = 0; i < 32; i++) {
                elements[to + block * 32 + i] = scale * (b[low + i] >> shift & 15) - minimum;
            }
        }
    }

    /** The same with fifth bits, in 32 bytes before the 128: a byte has one bit of each of the eight blocks. */
    static void q5OfSuperBlock(byte[] b, int at, float[] elements, int to) {
        float scales = half(b, at);
        float minimums = half(b, at + 2);
        int fifth = at + 4 + SCALES;
        for (int block = 0; block < 8; block++) {
            float scale = scales * scale(b, at + 4, block);
            float minimum = minimums * minimum(b, at + 4, block);
            int low = fifth + 32 + block / 2 * 32;
            int shift = block % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int q = b[low + i] >> shift & 15 | (b[fifth + i] >> block & 1) << 4;
                elements[to + block * 32 + i] = scale * q - minimum;
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
     * 16 signed scales, then the factor of these. Each half of 128 elements has 64 bytes of low and 32 bytes of upper bits.
     */
    static void q6OfSuperBlock(byte[] b, int at, float[] elements, int to) {
        int scales = at + 192;
        float factor = half(b, scales + 16);
        for (int block = 0; block < 16; block++) {
            int quarter = block / 2 % 4;
            int low = at + block / 8 * 64 + quarter % 2 * 32 + block % 2 * 16;
            int upper = at + 128 + block / 8 * 32 + block % 2 * 16;
            int shift = quarter / 2 * 4;
            float scale = factor * b[scales + block];
            for (int i = 0; i < 16; i++) {
                int q = b[low + i] >> shift & 15 | (b[upper + i] >> quarter * 2 & 3) << 4;
                elements[to + block * 16 + i] = scale * (q - 32);
            }
        }
    }

    private static float half(byte[] b, int at) {
        return Floats.fromHalf((short) (b[at] & 0xff | b[at + 1] << 8));
    }
}
