package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link Soak}, short. {@code benchmarks/soak} runs it long, and then demands of times and memory what depends on the
 * machine.
 */
class SoakIT {

    private static final boolean LONG = Boolean.getBoolean("soak.long");
    private static final int CLIENTS = Integer.getInteger("soak.clients", LONG ? 32 : 6);
    private static final Duration QUIET = Duration.ofSeconds(Integer.getInteger("soak.quiet", LONG ? 60 : 5));
    private static final Duration WARM = Duration.ofSeconds(Integer.getInteger("soak.warm", LONG ? 60 : 15));
    private static final Duration LOAD = Duration.ofSeconds(Integer.getInteger("soak.load", LONG ? 300 : 15));
    private static final Duration BETWEEN_UPDATES =
            Duration.ofMillis(Integer.getInteger("soak.between", LONG ? 8_000 : 3_000));
    private static final int UPDATES = LONG ? 20 : 2;
    /** How many times the load goes on, on a machine so busy that updates take longer. */
    private static final int MOST_MORE = 8;
    /** The native backends are large, and have tests of their own for it. */
    private static final String REPLACED =
            System.getProperty("soak.replaced", LONG ? ".*" : "(?!.*backend\\.(nd4j|cuda)).*");

    @TempDir
    private Path folder;

    @Test
    void nobodyNoticesThatMemoriesAndPluginsAreReplaced() throws Exception {
        try (Soak soak = new Soak(folder, CLIENTS, REPLACED)) {
            soak.ask(QUIET); // until the virtual machine has compiled what there is
            Histogram quiet = soak.ask(QUIET);
            soak.askWhileAllIsReplaced(WARM, BETWEEN_UPDATES);
            Held before = soak.held();
            long warmUpdates = fewest(soak);
            Histogram loaded = soak.askWhileAllIsReplaced(LOAD, BETWEEN_UPDATES);
            for (int more = 0; more < MOST_MORE && fewest(soak) - warmUpdates < UPDATES; more++) {
                loaded.add(soak.askWhileAllIsReplaced(LOAD, BETWEEN_UPDATES));
            }
            Held after = soak.held();
            long updates = fewest(soak) - warmUpdates;

            System.out.printf("%d requests, %d swaps of memories, each of %d plugins updated %d times or more%n"
                    + "quiet:  p50 %.1f ms, p99 %.1f ms, %d requests%nswaps:  p50 %.1f ms, p99 %.1f ms, %d requests%n"
                    + "before: %s%nafter:  %s%n", soak.requests(), soak.swaps(), soak.updates().size(), updates,
                    quiet.getValueAtPercentile(50) / 1e3, quiet.getValueAtPercentile(99) / 1e3, quiet.getTotalCount(),
                    loaded.getValueAtPercentile(50) / 1e3, loaded.getValueAtPercentile(99) / 1e3, loaded.getTotalCount(),
                    before, after);
            assertEquals(List.of(), soak.failed().stream().limit(10).toList(), soak::log);
            assertEquals(List.of(), soak.wrong().stream().limit(10).toList());
            assertTrue(updates >= UPDATES, () -> soak.updates().toString());
            assertTrue(soak.swaps() >= UPDATES, "memories were replaced");
            assertTrue(after.loaders() <= before.loaders(), () -> "class loaders: " + before + ", then " + after);
            if (LONG) {
                assertTrue(after.heap() <= 1.05 * before.heap(), "the heap is flat");
                assertTrue(after.metaspace() <= 1.05 * before.metaspace(), "metaspace is flat");
                assertTrue(after.resident() <= 1.1 * before.resident(), "all memory is flat");
                assertTrue(loaded.getValueAtPercentile(99) <= 2 * quiet.getValueAtPercentile(99), "p99");
            }
        }
    }

    /** @return how often the plugin was updated that was updated least */
    private static long fewest(Soak soak) {
        return soak.updates().values().stream().mapToLong(each -> each).min().orElseThrow();
    }
}
