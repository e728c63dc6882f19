package org.perk4j.adapter.lora;

/** How the factors of LoRA begin. */
public enum InitLoraWeights {
    /** Drawn from normal distributions. */
    NORMAL,
    /**
     * As the largest singular values of the layer's weight with their vectors, of which the layer keeps the rest (PiSSA,
     * Meng et al. 2024, arXiv 2404.02948).
     */
    PISSA,
    /**
     * As the first columns of Q and rows of R of the layer's weight, of which the layer keeps the rest (OLoRA,
     * Büyükakyüz 2024, arXiv 2406.01775).
     */
    OLORA
}
