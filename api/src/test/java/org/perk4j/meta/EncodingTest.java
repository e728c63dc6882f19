package org.perk4j.meta;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.model.Parameters;

class EncodingTest {

    private static Encoding encoding(Double... losses) {
        return new Encoding(new Parameters(List.of(), List.of()), List.of(losses));
    }

    @Test
    void aLossThatFellIsSound() {
        assertTrue(encoding(3.0, 3.5, 1.0).problem().isEmpty());
        assertEquals(3, encoding(3.0, 3.5, 1.0).before());
        assertEquals(1, encoding(3.0, 3.5, 1.0).after());
        assertThrows(IllegalArgumentException.class, () -> encoding(3.0));
    }

    @Test
    void theStepThatIsNotFiniteIsNamed() {
        for (double broken : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            Encoding encoding = encoding(3.0, 2.5, broken, Double.NaN);
            assertFalse(encoding.isFinite());
            String message = assertThrows(NotFiniteException.class, encoding::requireFinite).getMessage();
            assertTrue(message.startsWith("the context's loss is not finite after step 2 of 3, it was 2.500 before it: "),
                    message);
        }
        assertTrue(encoding(Double.NaN, 1.0).problem().orElseThrow().contains("before the first step"));
    }

    @Test
    void theStepInWhichTheLossRoseIsNamed() {
        Encoding encoding = encoding(3.0, 2.5, 4.0);
        assertDoesNotThrow(encoding::requireFinite);
        String problem = encoding.problem().orElseThrow();
        assertTrue(problem.startsWith("the context's loss did not fall, it is 4.000 after 2 steps and was 3.000 before, "
                + "4.000 after step 2: "), problem);
        assertTrue(encoding(3.0, 3.0).problem().isPresent(), "nothing was learned");
    }
}
