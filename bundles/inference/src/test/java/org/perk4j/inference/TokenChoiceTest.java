package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.meta.NotFiniteException;

class TokenChoiceTest {

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void undefinedScoresAreNoAnswer(double temperature) {
        TokenChoice choice = new TokenChoice(new Decoding(4, temperature, 1, 0));
        assertThrows(NotFiniteException.class, () -> choice.choose(new float[] {Float.NaN, Float.NaN}, 0, 0));
        assertThrows(NotFiniteException.class, () -> choice.choose(new float[] {1, Float.POSITIVE_INFINITY}, 0, 0));
        assertEquals(1, choice.choose(new float[] {Float.NEGATIVE_INFINITY, 3}, 0, 0), "a token may be impossible");
    }
}
