package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HeldTest {

    /** Drops one of {@link #EACH} arrays, in an old generation that may have as many gaps. */
    static final class Gaps {

        private static final int EACH = 20;
        private static final byte[][] ARRAYS = new byte[60_000][1_000];
        /** With their headers. */
        private static final long DROPPED_BYTES = 1_016L * ARRAYS.length / EACH;
        private static final long KEPT_BYTES = DROPPED_BYTES * (EACH - 1);

        private Gaps() {
        }

        public static void main(String... none) throws Exception {
            System.gc(); // now they are in the old generation
            for (int i = 0; i < ARRAYS.length; i += EACH) {
                ARRAYS[i] = null;
            }
            System.out.println("ready");
            System.in.read(); // until the test ends
        }
    }

    @Test
    void gapsThatACollectionLeavesAreNotHeld() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC", "-Xms256m", "-cp", System.getProperty("java.class.path"), Gaps.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            assertEquals("ready", process.inputReader().readLine());
            long held = Held.reachable(Long.toString(process.pid()));
            assertTrue(held >= Gaps.KEPT_BYTES, held + " of " + Gaps.KEPT_BYTES);
            // What Java itself holds is less than two thirds of what was dropped.
            assertTrue(held < Gaps.KEPT_BYTES + 2 * Gaps.DROPPED_BYTES / 3, held + " of " + Gaps.KEPT_BYTES);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
