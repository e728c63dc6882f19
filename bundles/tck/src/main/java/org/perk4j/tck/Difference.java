package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;

/** Compares vectors. */
public final class Difference {

    private Difference() {
    }

    /** The largest difference must be below {@code tolerance} times the largest expected value. */
    public static void assertClose(double[] expected, double[] actual, double tolerance) {
        assertEquals(expected.length, actual.length);
        double scale = IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(expected[i])).max().orElse(0);
        double difference = IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(expected[i] - actual[i]))
                .max().orElse(0);
        assertTrue(difference <= tolerance * scale, () -> "differs by " + difference + ", values up to " + scale);
    }
}
