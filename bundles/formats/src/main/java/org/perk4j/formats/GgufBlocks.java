package org.perk4j.formats;

/**
 * Decodes blocks of the element types of GGUF files, as ggml's {@code ggml-quants.c} lays them out. Scales are in binary16.
 * All arithmetic is in float32 and in ggml's order, so results are equal to the bit.
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

    static void f32(byte[] b, int at, float[] elements, int to) {
        elements[to] = Float.intBitsToFloat(b[at] & 0xff | (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff) << 16
                | b[at + 3] << 24);
    }

    static void f16(byte[] b, int at, float[] elements, int to) {
        elements[to] = half(b, at);
    }

    static void bf16(byte[] b, int at, float[] elements, int to) {
        elements[to] = Float.intBitsToFloat((b[at] & 0xff) << 16 | b[at + 1] << 24);
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
        for (int i = 0; i < 32; i++) {
            elements[to + i] = scale * (fiveBits(b, at + 2, i) - 16);
        }
    }

    /** {@code scale·q + minimum}. A block has scale, minimum, the fifth bits, and 16 bytes with the others. */
    static void q5WithMinimum(byte[] b, int at, float[] elements, int to) {
        float scale = half(b, at);
        float minimum = half(b, at + 2);
        for (int i = 0; i < 32; i++) {
            elements[to + i] = scale * fiveBits(b, at + 4, i) + minimum;
        }
    }

    private static int fiveBits(byte[] b, int at, int i) {
        int fifth = b[at + i / 8] >> i % 8 & 1;
        return b[at + 4 + i % 16] >> i / 16 * 4 & 15 | fifth << 4;
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
        int low = at + 4 + SCALES;
        for (int block = 0; block < 8; block++) {
            float scale = half(b, at) * scale(b, at + 4, block);
            float minimum = half(b, at + 2) * minimum(b, at + 4, block);
            for (int i = 0; i < 32; i++) {
                int q = b[low + block / 2 * 32 + i] >> block % 2 * 4 & 15;
                elements[to + block * 32 + i] = scale * q - minimum;
            }
        }
    }

    /** The same with fifth bits, in 32 bytes before the 128: a byte has one bit of each of the eight blocks. */
    static void q5OfSuperBlock(byte[] b, int at, float[] elements, int to) {
        int fifth = at + 4 + SCALES;
        int low = fifth + 32;
        for (int block = 0; block < 8; block++) {
            float scale = half(b, at) * scale(b, at + 4, block);
            float minimum = half(b, at + 2) * minimum(b, at + 4, block);
            for (int i = 0; i < 32; i++) {
                int q = b[low + block / 2 * 32 + i] >> block % 2 * 4 & 15 | (b[fifth + i] >> block & 1) << 4;
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
        int upper = at + 128;
        int scales = upper + 64;
        float factor = half(b, scales + 16);
        for (int i = 0; i < 256; i++) {
            int half = i / 128;
            int quarter = i / 32 % 4;
            int low = b[at + half * 64 + quarter % 2 * 32 + i % 32] >> quarter / 2 * 4 & 15;
            int q = low | (b[upper + half * 32 + i % 32] >> quarter * 2 & 3) << 4;
            elements[to + i] = factor * b[scales + i / 16] * (q - 32);
        }
    }

    private static float half(byte[] b, int at) {
        return Floats.fromHalf((short) (b[at] & 0xff | b[at + 1] << 8));
    }
}
