package org.perk4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class IdleBlocksTest {

    private final IdleBlocks<String> idle = new IdleBlocks<>();

    @Test
    void ofOneSizeTheLastGivenIsTakenFirst() {
        idle.give(8, "first");
        idle.give(8, "second");
        idle.give(16, "other");
        assertEquals(32, idle.bytes());
        assertEquals("second", idle.take(8));
        assertEquals("first", idle.take(8));
        assertNull(idle.take(8));
        assertNull(idle.take(9));
        assertEquals(16, idle.bytes());
    }

    @Test
    void theLargestGoFirst() {
        idle.give(8, "small");
        idle.give(16, "large");
        idle.give(32, "gone");
        idle.take(32);
        assertEquals("large", idle.takeLargest());
        assertEquals("small", idle.takeLargest());
        assertEquals(0, idle.bytes());
    }

    /** Eight classes from one power of two to the next; below eight times the smallest there are fewer. */
    @Test
    void aBlockIsAtMostAnEighthTooLarge() {
        int smallest = 64;
        for (long bytes = 1; bytes < 100_000; bytes++) {
            long size = IdleBlocks.sizeClass(bytes, smallest);
            assertTrue(size >= bytes && size % smallest == 0, bytes + ": " + size);
            assertTrue(size - bytes < Math.max(smallest, bytes / 8.0), bytes + ": " + size);
            assertEquals(size, IdleBlocks.sizeClass(size, smallest));
        }
        assertEquals(8, LongStream.rangeClosed(65_537, 131_072)
                .map(bytes -> IdleBlocks.sizeClass(bytes, smallest)).distinct().count());
    }
}
