package org.perk4j.backend.cuda;

/**
 * The settings of a device.
 *
 * @param factors  how those of products of floats are rounded
 * @param logits   the most logits of a language-model head in memory at once
 * @param recorded the most pieces of work in units that a computation records; 0 to record none
 */
record CudaSettings(Factors factors, int logits, int recorded) {

    /** 64 MiB of floats: some hundred rows of a large vocabulary. */
    static final int LOGITS = 1 << 24;

    /** Those of some sixty meta-gradients of a model of thirty layers. */
    static final int RECORDED = 1 << 20;
}
