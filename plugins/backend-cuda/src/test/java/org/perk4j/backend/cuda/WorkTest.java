package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perk4j.tensor.DType;

/** When work is handed to a device, recorded, replayed and forgotten; and the arrays that it reads. */
class WorkTest {

    private static final int PIECES = Work.LEAST;
    private static final int BYTES = 512;

    private final FakeDriver driver = new FakeDriver(1 << 20);
    private final Arena arena = new Arena(driver);
    private Stream stream;
    private Work work;
    private long memory;

    /** Room for two units. */
    @BeforeEach
    void open() {
        stream = driver.stream(DType.FLOAT32);
        work = new Work(stream, 2 * PIECES);
        memory = driver.allocate(64 * BYTES);
        driver.calls();
    }

    @AfterEach
    void close() {
        work.close();
        driver.synchronize();
        driver.free(memory);
        arena.trim();
        driver.close(); // refuses if there are graphs
    }

    /** Asks for a unit, which differs from those of another number in one address. */
    private void ask(int number, int pieces) {
        for (int i = 0; i < pieces; i++) {
            work.clear(memory + (i == 3 ? number * BYTES : 0), BYTES);
        }
    }

    private List<String> submitted(int number) {
        ask(number, PIECES);
        assertEquals(List.of(), driver.calls(), "it waits");
        work.submit();
        return driver.calls();
    }

    private static List<String> oneByOne(int pieces) {
        return Collections.nCopies(pieces, "clear");
    }

    @Test
    void whatComesAgainIsRecordedAndThenReplayed() {
        assertEquals(oneByOne(PIECES), submitted(0));
        assertEquals(List.of("record", "replay " + PIECES), submitted(0));
        assertEquals(List.of("replay " + PIECES), submitted(0));
        assertEquals(oneByOne(PIECES), submitted(1), "another address is another unit");
        assertEquals(List.of("replay " + PIECES), submitted(0));
    }

    @Test
    void aShortUnitIsNotWorthIt() {
        for (int i = 0; i < 3; i++) {
            ask(0, PIECES - 1);
            work.submit();
            assertEquals(oneByOne(PIECES - 1), driver.calls());
        }
    }

    @Test
    void theUnitThatWasUsedLeastRecentlyIsForgotten() {
        for (int number : new int[] {0, 0, 1, 1, 0, 2, 2}) {
            submitted(number);
        }
        assertEquals(2, driver.graphs());
        assertEquals(List.of("replay " + PIECES), submitted(0));
        assertEquals(oneByOne(PIECES), submitted(1), "it is new again");
    }

    @Test
    void whatIsTooLargeToRecordIsDoneAllTheSame() {
        for (int i = 0; i < 3; i++) {
            ask(0, 2 * PIECES + 1);
            work.submit();
            assertEquals(oneByOne(2 * PIECES + 1), driver.calls());
        }
    }

    @Test
    void withoutMemoryToRecordItTheUnitIsDonePieceByPiece() {
        submitted(0);
        ask(0, PIECES);
        driver.fail(DeviceException.Kind.OUT_OF_MEMORY);
        work.submit();
        assertEquals(oneByOne(PIECES), driver.calls().subList(1, 1 + PIECES));
        assertEquals(0, driver.graphs());
    }

    @Test
    void aDeviceThatRefusesToRecordIsAskedOnceOnly() {
        submitted(0);
        ask(0, PIECES);
        driver.fail(DeviceException.Kind.REFUSED);
        work.submit();
        assertEquals(oneByOne(PIECES), driver.calls().subList(1, 1 + PIECES));
        for (int i = 0; i < 3; i++) {
            assertEquals(oneByOne(PIECES), submitted(0));
        }
    }

    @Test
    void whenMemoryIsWantedWhatWaitsIsSubmittedAndWhatIsRecordedIsForgotten() {
        submitted(0);
        submitted(0);
        ask(1, 1);
        work.release();
        assertEquals(oneByOne(1), driver.calls());
        assertEquals(0, driver.graphs());
        assertEquals(oneByOne(PIECES), submitted(0), "it is new again");
    }

    @Test
    void whatIsRefusedIsNotAskedForTwice() {
        ask(0, PIECES);
        driver.fail(DeviceException.Kind.REFUSED);
        assertThrows(DeviceException.class, work::submit);
        driver.calls();
        work.submit();
        assertEquals(List.of(), driver.calls());
    }

    @Test
    void whoWaitsForAResultSubmits() {
        ask(0, 1);
        work.synchronize();
        assertEquals(List.of("clear", "synchronize stream"), driver.calls());
    }

    @Test
    void anArrayIsCopiedFromTheHostOnce() {
        try (Arrays arrays = new Arrays(1 << 20)) {
            long first = arrays.address(1, 2, 3);
            assertEquals(List.of("upload", "copy"), arrays.calls());
            assertEquals(first, arrays.address(1, 2, 3));
            assertEquals(List.of(), arrays.calls());
            long second = arrays.address(4, 5);
            assertTrue(second != first);
            arrays.calls();
            arrays.next();
            assertEquals(first, arrays.address(4, 5), "the first one of each unit lies at one place");
            assertEquals(second, arrays.address(1, 2, 3));
            assertEquals(List.of("copy", "copy"), arrays.calls());
        }
    }

    /** A place is taken until the unit that reads it was submitted, and by who still holds it. */
    @Test
    void anArrayStaysWhileItIsRead() {
        try (Arrays arrays = new Arrays(1 << 20); Tables.Table held = arrays.tables.of("any", 1, 2)) {
            arrays.next();
            assertTrue(arrays.address(3, 4) != held.address());
        }
    }

    @Test
    void arraysTakeNoMoreThanTheyMay() {
        try (Arrays arrays = new Arrays(4 * BYTES)) {
            long before = driver.allocatedBytes();
            for (int i = 0; i < 100; i++) {
                arrays.address(IntStream.range(i, i + BYTES / Integer.BYTES).toArray());
                arrays.next();
            }
            assertTrue(driver.allocatedBytes() <= before + 4 * BYTES + 2 * Tables.SLOT, driver.allocatedBytes() + " bytes");
            arrays.calls();
            arrays.address(IntStream.range(99, 99 + BYTES / Integer.BYTES).toArray());
            assertEquals(List.of(), arrays.calls(), "the last one is there");
        }
    }

    /** Tables with their own cache. */
    private final class Arrays implements AutoCloseable {

        private final Arena.Cache cache = arena.open(() -> { });
        private final Tables tables;

        Arrays(long limit) {
            tables = new Tables(work, cache, limit);
        }

        long address(int... numbers) {
            try (Tables.Table table = tables.of("any", numbers)) {
                return table.address();
            }
        }

        void next() {
            ask(0, 1);
            work.submit();
            calls();
        }

        List<String> calls() {
            return driver.calls().stream().filter(call -> !call.startsWith("allocate") && !call.equals("clear")).toList();
        }

        @Override
        public void close() {
            work.synchronize();
            tables.close();
            cache.close();
        }
    }
}
