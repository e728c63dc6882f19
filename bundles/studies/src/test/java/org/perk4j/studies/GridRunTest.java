package org.perk4j.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.evaluation.Baselines;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.HeldOut;
import org.perk4j.formats.PluginChoice;

class GridRunTest {

    private static final PluginChoice NONE = PluginChoice.of("none", Map.of());

    private final Set<String> computed = ConcurrentHashMap.newKeySet();

    private static List<List<Cell>> groups(int number) {
        EvaluateJob test =
                new EvaluateJob("b", "a", "", false, Baselines.NONE, HeldOut.NONE, NONE, List.of(NONE), List.of(), 1, 0, 1,
                        1, "", List.of(), "");
        return IntStream.range(0, number)
                .mapToObj(i -> List.of(new Cell("c" + i, "", "c" + i, Optional.empty(), test))).toList();
    }

    @Test
    void allAreComputedHoweverManyAtOnce() throws IOException {
        for (int atOnce = 0; atOnce < 4; atOnce++) {
            computed.clear();
            new GridRun((group, stop) -> assertTrue(computed.add(group.get(0).name())), () -> false).run(groups(5), atOnce);
            assertEquals(Set.of("c0", "c1", "c2", "c3", "c4"), computed);
        }
    }

    @Test
    void asManyAsAskedForAreComputedAtOnce() throws IOException {
        CyclicBarrier both = new CyclicBarrier(2);
        new GridRun((group, stop) -> {
            try {
                both.await(20, TimeUnit.SECONDS); // one alone would wait in vain
            } catch (Exception e) {
                throw new IOException(e);
            }
        }, () -> false).run(groups(4), 2);
    }

    @Test
    void noneBeginsAfterItIsAskedToStop() throws IOException {
        AtomicBoolean stop = new AtomicBoolean();
        new GridRun((group, left) -> {
            computed.add(group.get(0).name());
            stop.set(computed.size() == 2);
        }, stop::get).run(groups(5), 1);
        assertEquals(Set.of("c0", "c1"), computed);
    }

    /** Also where the first one that is waited for isn't the one that fails. */
    @Test
    void aFailureStopsTheOthersAndIsThrownWhenTheyHaveLeftOff() {
        CountDownLatch begun = new CountDownLatch(1);
        IOException thrown = assertThrows(IOException.class, () -> new GridRun((group, stop) -> {
            if (group.get(0).name().equals("c0")) {
                begun.countDown();
                while (!stop.getAsBoolean()) {
                    Thread.onSpinWait();
                }
                computed.add("c0 left off");
            } else {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                throw new IOException("broken " + group.get(0).name());
            }
        }, () -> false).run(groups(9), 2));
        assertEquals("broken c1", thrown.getMessage());
        assertEquals(Set.of("c0 left off"), computed);
    }
}
