package org.perk4j.inference;

/** The type of a base model's weights in memory. */
public enum WeightType {
    /** As in the file: bfloat16 stays bfloat16, quantized matrices stay quantized. */
    STORED,
    /**
     * Matrices in bfloat16, rounded to it if the file has another type. Rounding changes each weight by at most 2⁻⁹ of its
     * value, and halves the memory and the time to read it, compared with float32.
     */
    BFLOAT16
}
