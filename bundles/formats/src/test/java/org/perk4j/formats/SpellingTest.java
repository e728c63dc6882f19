package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpellingTest {

    @Test
    void theNearestIsFoundIfItIsNear() {
        List<String> words = List.of("rank", "alpha", "dropout", "learningRate");
        assertEquals(Optional.of("rank"), Spelling.nearest("rnak", words));
        assertEquals(Optional.of("dropout"), Spelling.nearest("Dropuot", words));
        assertEquals(Optional.of("learningRate"), Spelling.nearest("learning_rate", words));
        assertEquals(Optional.empty(), Spelling.nearest("seed", words));
        assertEquals(Optional.empty(), Spelling.nearest("x", List.of()));
        assertEquals("alpha", Spelling.byDistance("alfa", words).get(0));
    }
}
