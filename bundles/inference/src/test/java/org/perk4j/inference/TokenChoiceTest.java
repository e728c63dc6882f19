package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.meta.NotFiniteException;

class TokenChoiceTest {

    private static final int[] NONE = {};

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void undefinedScoresAreNoAnswer(double temperature) {
        TokenChoice choice = new TokenChoice(new Decoding(4, temperature, 1, 0));
        assertThrows(NotFiniteException.class, () -> choice.choose(new float[] {Float.NaN, Float.NaN}, 0, NONE, 0));
        assertThrows(NotFiniteException.class, () -> choice.choose(new float[] {1, Float.POSITIVE_INFINITY}, 0, NONE, 0));
        assertEquals(1, choice.choose(new float[] {Float.NEGATIVE_INFINITY, 3}, 0, NONE, 0), "a token may be impossible");
    }

    @Test
    void aTokensProbabilityIsTheModelsOwn() {
        float[] scores = {(float) Math.log(1), (float) Math.log(3), Float.NEGATIVE_INFINITY, (float) Math.log(4)};
        assertEquals(Math.log(0.375), TokenChoice.logProbability(scores, 1), 1e-7);
        assertEquals(Double.NEGATIVE_INFINITY, TokenChoice.logProbability(scores, 2));
        assertEquals(Math.log(0.5), TokenChoice.logProbability(new float[] {1e30f, 1e30f}, 0), 1e-12);
    }

    @Test
    void drawsStayWithinTheLikeliestTokensByNumberThenByProbability() {
        float[] scores = {(float) Math.log(0.1), (float) Math.log(0.4), (float) Math.log(0.3), (float) Math.log(0.2)};
        assertEquals(Set.of(1, 2, 3), drawn(new Sampling(1, 1, 3, 1, 0, 0), scores));
        assertEquals(Set.of(1), drawn(new Sampling(1, 1, 1, 1, 0, 0), scores));
        assertEquals(Set.of(0, 1, 2, 3), drawn(new Sampling(1, 1, 9, 1, 0, 0), scores));
        assertEquals(Set.of(1, 2), drawn(new Sampling(1, 0.75, 3, 1, 0, 0), scores)); // 0.7 of 0.9
        assertEquals(Set.of(1, 2, 3), drawn(new Sampling(1, 0.75, 0, 1, 0, 0), scores)); // of 1
    }

    private static Set<Integer> drawn(Sampling sampling, float... scores) {
        TokenChoice choice = new TokenChoice(new Decoding(1, sampling, 0));
        return IntStream.range(0, 1_000).mapToObj(i -> choice.choose(scores, i, NONE, 0)).collect(Collectors.toSet());
    }

    /** As in vLLM: the repetition penalty counts the prompt, the others don't. The scores stay as they are. */
    @Test
    void tokensThatWereThereBeforeArePenalized() {
        float[] scores = {2, 1.5f, -1, 1.2f};
        assertEquals(0, likeliest(new Sampling(0, 1), scores, 1, 0, 0));
        assertEquals(1, likeliest(new Sampling(0, 1, 0, 1.4, 0, 0), scores, 1, 0, 0), "2 / 1.4 once");
        assertEquals(1, likeliest(new Sampling(0, 1, 0, 1.4, 0, 0), scores, 2, 0, 0), "also in the prompt");
        assertEquals(3, likeliest(new Sampling(0, 1, 0, 1.8, 0, 0), scores, 0, 0, 1), "each");
        assertEquals(0, likeliest(new Sampling(0, 1, 0, 1, 0.6, 0), scores, 2, 0, 0), "not in the prompt");
        assertEquals(1, likeliest(new Sampling(0, 1, 0, 1, 0.6, 0), scores, 0, 0, 0));
        assertEquals(0, likeliest(new Sampling(0, 1, 0, 1, 0.4, 0), scores, 0, 0, 0), "once");
        assertEquals(1, likeliest(new Sampling(0, 1, 0, 1, 0, 0.3), scores, 0, 0, 0), "for each time");
        assertEquals(0, likeliest(new Sampling(0, 1, 0, 1, 0, 0.3), scores, 1, 0, 0));
        float[] negative = {-1, -1.2f};
        assertEquals(1, likeliest(new Sampling(0, 1, 0, 1.4, 0, 0), negative, 0, 0));
        assertArrayEquals(new float[] {-1, -1.2f}, negative);
    }

    private static int likeliest(Sampling sampling, float[] scores, int prompt, int... tokens) {
        return new TokenChoice(new Decoding(1, sampling, 0)).choose(scores, 0, tokens, prompt);
    }
}
