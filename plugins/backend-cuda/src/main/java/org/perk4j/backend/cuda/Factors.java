package org.perk4j.backend.cuda;

/** How the factors of products of floats are rounded before they are multiplied. Sums are floats. */
public enum Factors {
    /** Not at all. */
    FLOAT32(""),
    /** To 11 bits with the range of floats, by tensor cores as they read them. */
    TFLOAT32("-tf32"),
    /** To 8 bits with the range of floats, into half the memory. */
    BFLOAT16("-bf16");

    private final String suffix;

    Factors(String suffix) {
        this.suffix = suffix;
    }

    /** @return what a backend that rounds so adds to the name of its device's */
    String suffix() {
        return suffix;
    }
}
