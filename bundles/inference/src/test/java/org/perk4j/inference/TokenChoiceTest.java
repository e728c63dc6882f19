package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
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

    @Test
    void aTokensProbabilityIsTheModelsOwn() {
        float[] scores = {(float) Math.log(1), (float) Math.log(3), Float.NEGATIVE_INFINITY, (float) Math.log(4)};
        assertEquals(Math.log(0.375), TokenChoice.logProbability(scores, 1), 1e-7);
        assertEquals(Double.NEGATIVE_INFINITY, TokenChoice.logProbability(scores, 2));
        assertEquals(Math.log(0.5), TokenChoice.logProbability(new float[] {1e30f, 1e30f}, 0), 1e-12);
    }
}
