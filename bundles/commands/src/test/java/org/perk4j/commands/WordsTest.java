package org.perk4j.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {

    @Test
    void quotesHoldWordsTogether() {
        assertEquals(List.of("perk", "ask", "my memory", "What's new?"), Words.of("perk ask 'my memory'  \"What's new?\""));
        assertEquals(List.of("ab c", "", "d"), Words.of("\ta'b 'c \"\" d "));
        assertEquals(List.of(), Words.of("  "));
    }

    @Test
    void nothingIsExpanded() {
        assertEquals(List.of("a $(touch x) `b` $c ${d} {e,f} * ~ ! | ; #"),
                Words.of("\"a $(touch x) `b` $c ${d} {e,f} * ~ ! | ; #\""));
        assertEquals(List.of("$(a", "b)", "*"), Words.of("$(a b) *"));
    }

    @Test
    void aBackslashTakesTheNextCharacter() {
        assertEquals(List.of("a b", "it's", "\\"), Words.of("a\\ b it\\'s \\\\"));
        assertEquals(List.of("say \"x\" \\ \\n"), Words.of("\"say \\\"x\\\" \\\\ \\n\""));
        assertEquals(List.of("a\\"), Words.of("'a\\'"));
        assertEquals(List.of("a\\"), Words.of("a\\"));
    }

    @Test
    void anOpenQuoteIsAnError() {
        assertThrows(IllegalArgumentException.class, () -> Words.of("perk ask m don't"));
    }
}
