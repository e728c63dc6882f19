package org.perk4j.backend.cuda;

/**
 * The settings of a device.
 *
 * @param bfloat16 whether to round the factors of products of floats to bfloat16; sums are floats
 * @param logits   the most logits of a language-model head in memory at once
 * @param recorded the most pieces of work in units that a computation records; 0 to record none
 */
record CudaSettings(boolean bfloat16, int logits, int recorded) {

    /** 64 MiB of floats: some hundred rows of a large vocabulary. */
    static final int LOGITS = 1 << 24;

    /** Those of some episodes of a model of twelve layers, in some ten MB. */
    static final int RECORDED = 1 << 16;
}
