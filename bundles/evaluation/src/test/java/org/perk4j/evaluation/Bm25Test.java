package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class Bm25Test {

    /** Each differs from the next in one of what BM25 looks at. */
    @Test
    void textsRankByRareWordsThenByHowOftenThenByLength() {
        List<String> texts = List.of(
                "the cat sat on the mat and the dog sat by the door of the house", // common words only
                "the number of the cat", // one of the words, in a short text
                "the number of the cat and of the dog and of the house", // the same in a longer one
                "the special magic number for Oslo is 7", // the rare word
                "number by number the cat counts"); // one of the words, twice
        try (Bm25 index = new Bm25(texts)) {
            assertEquals(List.of(3, 4, 1, 2), index.best("Number: Oslo?", 10));
            assertEquals(List.of(3, 4), index.best("Number: Oslo?", 2));
            assertEquals(List.of(), index.best("Bergen", 3));
            assertEquals(List.of(), index.best("?!", 3));
        }
    }
}
