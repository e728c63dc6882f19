package org.perk4j.inference;

/** How the weights of a base model are held. */
public enum WeightType {
    /** As they are stored: bfloat16 stays bfloat16. */
    STORED,
    /**
     * Matrices in bfloat16, rounded to it if they are stored otherwise: each weight is off by at most 2⁻⁹ of itself then,
     * for half of float32's memory and of the time that reading it takes.
     */
    BFLOAT16
}
