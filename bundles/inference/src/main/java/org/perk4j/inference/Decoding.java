package org.perk4j.inference;

/**
 * How the next token is chosen, and when to stop.
 *
 * @param limit    the most tokens to generate
 * @param sampling how each is chosen
 * @param seed     the seed of the sampling
 */
public record Decoding(int limit, Sampling sampling, long seed) {

    /** @throws IllegalArgumentException naming what is out of range */
    public Decoding {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1");
        }
    }

    /** Without penalties: see {@link Sampling}. */
    public Decoding(int limit, double temperature, double topP, long seed) {
        this(limit, new Sampling(temperature, topP), seed);
    }

    /** @return always the likeliest token, at most {@code limit} times */
    public static Decoding greedy(int limit) {
        return new Decoding(limit, Sampling.GREEDY, 0);
    }
}
