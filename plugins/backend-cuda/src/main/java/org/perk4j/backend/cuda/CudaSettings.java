package org.perk4j.backend.cuda;

/**
 * How a device computes.
 *
 * @param bfloat16 whether products of floats are taken of numbers rounded to bfloat16, summed as floats
 * @param logits   how many logits of a language-model head are held at once
 */
record CudaSettings(boolean bfloat16, int logits) {

    /** 64 MiB of floats: some hundred rows of a large vocabulary. */
    static final int LOGITS = 1 << 24;
}
