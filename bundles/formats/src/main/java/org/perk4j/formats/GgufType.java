package org.perk4j.formats;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The element types of GGUF files that can be read. All but the first three are quantized: a block of elements shares one
 * or more scales.
 */
enum GgufType {
    F32(0, 4, GgufBlocks::f32),
    F16(1, 2, GgufBlocks::f16),
    BF16(30, 2, GgufBlocks::bf16),
    Q4_0(2, 32, 18, GgufBlocks::q4WithScale),
    Q4_1(3, 32, 20, GgufBlocks::q4WithMinimum),
    Q5_0(6, 32, 22, GgufBlocks::q5WithScale),
    Q5_1(7, 32, 24, GgufBlocks::q5WithMinimum),
    Q8_0(8, 32, 34, GgufBlocks::q8),
    Q4_K(12, 256, 144, GgufBlocks::q4OfSuperBlock),
    Q5_K(13, 256, 176, GgufBlocks::q5OfSuperBlock),
    Q6_K(14, 256, 210, GgufBlocks::q6OfSuperBlock);

    /** The names of all types by their numbers, for messages; empty for numbers that are not in use. */
    private static final List<String> ALL = List.of("F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1",
            "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
            "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0", "TQ2_0", "", "", "",
            "MXFP4");

    /** Decodes a block. */
    private interface OfBlock {
        /**
         * @param bytes    the bytes that contain the block
         * @param at       the index of the block's first byte
         * @param elements receives the elements
         * @param to       the index of the first element
         */
        void decode(byte[] bytes, int at, float[] elements, int to);
    }

    /** Widens blocks: see {@link #decode}. */
    private interface OfBlocks {
        void decode(byte[] source, int blocks, float[] target, int position);
    }

    private final int number;
    private final int elements;
    private final int bytes;
    private final OfBlocks decoding;

    GgufType(int number, int elements, int bytes, OfBlock decoding) {
        this.number = number;
        this.elements = elements;
        this.bytes = bytes;
        this.decoding = (source, blocks, target, position) -> {
            for (int block = 0; block < blocks; block++) {
                decoding.decode(source, block * bytes, target, position + block * elements);
            }
        };
    }

    /** A type whose blocks are single elements. */
    GgufType(int number, int bytes, OfBlocks decoding) {
        this.number = number;
        this.elements = 1;
        this.bytes = bytes;
        this.decoding = decoding;
    }

    static Optional<GgufType> of(long number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }

    /** @return the name of any type, also of one that can't be read */
    static String name(long number) {
        return number < ALL.size() && !ALL.get((int) number).isEmpty() ? ALL.get((int) number) : "number " + number;
    }

    /** @return the number of a block's elements */
    int elements() {
        return elements;
    }

    /** @return the number of a block's bytes */
    int bytes() {
        return bytes;
    }

    /**
     * Decodes consecutive blocks.
     *
     * @param source   the bytes of the blocks, from index 0
     * @param target   receives the elements
     * @param position the index of the first element
     */
    void decode(byte[] source, int blocks, float[] target, int position) {
        decoding.decode(source, blocks, target, position);
    }
}
