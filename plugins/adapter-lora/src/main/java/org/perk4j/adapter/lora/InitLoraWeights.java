package org.perk4j.adapter.lora;

/** The initialization of LoRA's factors. */
public enum InitLoraWeights {
    /** Random, from normal distributions. */
    NORMAL,
    /**
     * The largest singular values of the layer's weight with their vectors, which are subtracted from the weight (PiSSA,
     * Meng et al. 2024, arXiv 2404.02948).
     */
    PISSA,
    /**
     * The first columns of Q and rows of R of the weight's QR decomposition, whose product is subtracted from the weight
     * (OLoRA, Büyükakyüz 2024, arXiv 2406.01775).
     */
    OLORA
}
