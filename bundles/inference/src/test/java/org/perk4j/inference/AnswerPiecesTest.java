package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerPiecesTest {

    private final List<String> pieces = new ArrayList<>();

    @Test
    void nothingIsGivenThatCouldBeTakenBack() {
        AnswerPieces answer = new AnswerPieces(List.of("\n\nUser:", ""), pieces::add);
        assertTrue(answer.goesOn(" Zo\uFFFD"));
        assertTrue(answer.goesOn(" Zoë\n"));
        assertTrue(answer.goesOn(" Zoë\n\nU"));
        assertEquals(List.of("Zo", "ë"), pieces);
        assertTrue(answer.goesOn(" Zoë\n\nUlm"));
        answer.end(" Zoë\n\nUlm\n");
        assertEquals(List.of("Zo", "ë", "\n\nUlm", "\n"), pieces);
        assertEquals("Zoë\n\nUlm\n", answer.text());
        assertFalse(answer.isStopped());
    }

    @Test
    void aStopEndsTheAnswerAndDoesNotBelongToIt() {
        AnswerPieces answer = new AnswerPieces(List.of("b", "cd"), pieces::add);
        assertTrue(answer.goesOn("ac"));
        assertFalse(answer.goesOn("acdb"));
        answer.end("acdb");
        assertEquals("a", answer.text());
        assertTrue(answer.isStopped());
    }

    @Test
    void whoWantsNoMoreGetsNoMore() {
        AnswerPieces answer = new AnswerPieces(List.of(), piece -> {
            pieces.add(piece);
            return false;
        });
        assertFalse(answer.goesOn("a"));
        answer.end("ab");
        assertEquals(List.of("a"), pieces);
        assertFalse(answer.isStopped());
    }
}
