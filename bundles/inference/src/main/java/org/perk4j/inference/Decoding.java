package org.perk4j.inference;

/**
 * How the next token is chosen, and when to stop.
 *
 * @param limit       the most tokens to generate
 * @param temperature 0 always takes the likeliest token; 1 samples from the model's own distribution
 * @param topP        samples only from the likeliest tokens that together have this probability (Holtzman et al. 2020)
 * @param seed        the seed of the sampling
 */
public record Decoding(int limit, double temperature, double topP, long seed) {

    /** @throws IllegalArgumentException naming what is out of range */
    public Decoding {
        require(limit >= 1, "limit must be at least 1");
        require(temperature >= 0, "temperature must be at least 0");
        require(topP > 0 && topP <= 1, "topP must be above 0 and at most 1");
    }

    /** @return always the likeliest token, at most {@code limit} times */
    public static Decoding greedy(int limit) {
        return new Decoding(limit, 0, 1, 0);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
