package org.perk4j.training;

/**
 * Counter-based random keys: a draw depends on its numbers, not on earlier draws, so that a resumed run makes the same draws
 * as an uninterrupted one.
 */
final class Keys {

    private Keys() {
    }

    /** @return a well-mixed key (the finalizer of SplitMix64, Steele et al. 2014, applied for each number) */
    static long of(long... numbers) {
        long key = 0;
        for (long number : numbers) {
            key = mix(key + number + 0x9E3779B97F4A7C15L);
        }
        return key;
    }

    /** @return a number in [0, 1), uniform over all keys */
    static double fraction(long key) {
        return (key >>> 11) * 0x1.0p-53;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
