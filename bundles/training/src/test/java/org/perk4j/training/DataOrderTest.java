package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.EncodedText;

class DataOrderTest {

    @Test
    void everyRoundSeesAllOnceInAnotherOrder() {
        Order order = new Order(OptionalLong.of(50), 3);
        List<Long> first = LongStream.range(0, 50).map(order::number).boxed().toList();
        List<Long> second = LongStream.range(50, 100).map(order::number).boxed().toList();
        List<Long> all = LongStream.range(0, 50).boxed().toList();
        assertEquals(all, first.stream().sorted().toList());
        assertEquals(all, second.stream().sorted().toList());
        assertNotEquals(first, second);
        assertEquals(second.get(7), new Order(OptionalLong.of(50), 3).number(57),
                "does not depend on what was asked before");
    }

    @Test
    void endlessDataAreSeenOnce() {
        assertEquals(123_456_789_012L, new Order(OptionalLong.empty(), 3).number(123_456_789_012L));
    }

    @Test
    void sourcesAreDrawnByTheirWeights() {
        Mixture mixture = new Mixture(List.of(constant(1, 1), constant(2, 1)), List.of(1.0, 3.0), 4);
        long second = LongStream.range(0, 10_000).filter(n -> mixture.training(n).get(0).tokens()[0] == 2).count();
        assertEquals(7_500, second, 150);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"1 | 1", "4 | 1 2 1 2", "5 | 1 2 1 2 2", "100 | 1 2 1 2 2"})
    void sourcesAreValidatedOnInTurnAsFarAsTheyGo(int draws, String tokens) {
        Mixture mixture = new Mixture(List.of(constant(1, 2), constant(2, 3)), List.of(1.0, 1.0), 4);
        assertEquals(tokens, mixture.validation(draws).stream().map(sequence -> "" + sequence.tokens()[0])
                .collect(Collectors.joining(" ")));
    }

    private static SequenceSource constant(int token, long validations) {
        return new SequenceSource() {
            @Override
            public List<Sequence> training(long n) {
                return List.of(new Sequence(new int[] {token}, new int[] {-1}));
            }

            @Override
            public List<Sequence> validation(long n) {
                return training(n);
            }

            @Override
            public long validations() {
                return validations;
            }
        };
    }

    @Test
    void onlyWhatIsScoredIsLearned() {
        Sequence sequence =
                Sequence.of(List.of(new EncodedText(new int[] {1, 2}, 2), new EncodedText(new int[] {3, 4, 5}, 1)));
        assertArrayEquals(new int[] {1, 2, 3, 4, 5}, sequence.tokens());
        assertArrayEquals(new int[] {-1, -1, 4, 5, -1}, sequence.targets());
        assertArrayEquals(new int[] {2, 3, -1}, Sequence.of(new int[] {1, 2, 3}).targets());
        assertEquals(2, sequence.scored());
    }
}
