package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.tck.ByteTokenizer;

class SegmentationTest {

    private final EpisodeEncoder encoder = new EpisodeEncoder(new ByteTokenizer(), new Prompts(false), 2000);

    private Unit unitOf(List<String> pieces) {
        return Segmentation.like(encoder.segments(pieces)).unit();
    }

    @Test
    void tellsTheUnitOfATrainingsSegments() {
        assertEquals(Unit.LINE, unitOf(List.of("Id: 1, Name: Ann", "Id: 2, Name: Mrs. Bea Lee", "Id: 3, Name: Bo Wu Jr.")));
        assertEquals(Unit.SENTENCE, unitOf(List.of("Ann has a cat.", "Where is it?", "Bob went (at last).")));
        assertEquals(Unit.LINE,
                unitOf(List.of("Short. Line.", "A longer line. Of sentences. Three of them, and a long one.")));
        assertEquals(Unit.PACKED, unitOf(List.of("Ann has a cat. Bob has a dog.", "Cid has a fox. Dan has a cow.")));
        assertEquals(Unit.PARAGRAPH, unitOf(List.of("Id: 1\nId: 2", "Id: 3\nId: 4")));
        assertEquals(Unit.PACKED, unitOf(List.of("A paragraph.\n\nAnother.", "A third\n\nwith a fourth.")));
    }

    @Test
    void aFewSegmentsUnlikeTheOthersDontMatter() {
        List<String> pieces = IntStream.range(0, 20).mapToObj(i -> i == 7 ? "A stray\n\nparagraph" : "Id: " + i).toList();
        assertEquals(Unit.LINE, unitOf(pieces));
    }

    /** A single long record would else let the paragraphs of a user's text be as long, whatever all others are like. */
    @Test
    void aFewLongSegmentsDontMakeTheOthersLong() {
        List<String> pieces = IntStream.range(0, 100).mapToObj(i -> "Id: " + (i < 10 ? "1".repeat(500) : i)).toList();
        assertEquals(new Segmentation(Unit.LINE, 7, 7, 14), Segmentation.like(encoder.segments(pieces)));
    }

    @Test
    void tellsTheLengths() {
        Segmentation found = Segmentation.like(encoder.segments(List.of("abc", "abcd", "abcdefghi")));
        assertEquals(new Segmentation(Unit.LINE, 5, 10, 20), found, "with the space before each");
        assertEquals(new Segmentation(Unit.LINE, 5, 8, 8), found.atMost(8));
        assertEquals(new Segmentation(Unit.LINE, 5, 90, 90), found.atMost(90));
        assertEquals(new Segmentation(Unit.LINE, 5, 10, 12), found.within(12));
        assertEquals(found, found.within(90));
        assertThrows(IllegalArgumentException.class, () -> new Segmentation(Unit.LINE, 9, 8, 10));
    }
}
