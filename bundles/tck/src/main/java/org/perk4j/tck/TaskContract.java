package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.data.TaskType;

/** Tests of what every {@link TaskType} must do. Extend this and name the type and options to accept and to refuse. */
@ConsumerType
public abstract class TaskContract {

    /** How many episodes of a split are examined, if it has that many. */
    private static final int EPISODES = 40;

    private static final String SEED = "seed";

    /** @return the task under test */
    protected abstract TaskType<?> type();

    /** @return options of small episodes, as a job gives them, with at least one episode in each split */
    protected abstract Map<String, ?> options();

    /** @return by the key that the message must name: options with a bad value there, at least one */
    protected abstract Map<String, Map<String, ?>> refused();

    /** @return whether this question's answer stands word for word in its support, or in the context if that isn't known */
    protected boolean isQuoted(Question question) {
        return false;
    }

    private TaskSource source() {
        return source(options());
    }

    private TaskSource source(Map<String, ?> options) {
        return source(type(), options);
    }

    private static <O extends Record> TaskSource source(TaskType<O> type, Map<String, ?> options) {
        return type.create(PluginOptions.bind(type, options), new ByteTokenizer());
    }

    private static long count(TaskSource source, Split split) {
        return Math.min(EPISODES, source.episodes(split).orElse(EPISODES));
    }

    private static List<Episode> episodes(TaskSource source, Split split) {
        return LongStream.range(0, count(source, split)).mapToObj(number -> source.episode(split, number)).toList();
    }

    @Test
    void optionsAreDescribed() {
        PluginOptions.assertDescribed(type());
    }

    @Test
    void badOptionsAreRefusedByName() {
        assertFalse(refused().isEmpty());
        PluginOptions.assertRefused(refused(), this::source);
    }

    /** Whatever was asked for before, in whatever order, in however many threads, by whichever instance. */
    @ParameterizedTest
    @EnumSource(Split.class)
    void anEpisodeDependsOnOptionsSplitAndNumberAlone(Split split) {
        List<Episode> inOrder = episodes(source(), split);
        assertFalse(inOrder.isEmpty(), "the options give no episode for " + split);
        TaskSource another = source();
        for (int number = inOrder.size() - 1; number >= 0; number--) {
            assertEquals(inOrder.get(number), another.episode(split, number));
        }
        TaskSource shared = source();
        assertEquals(inOrder,
                LongStream.range(0, inOrder.size()).parallel().mapToObj(number -> shared.episode(split, number))
                .toList());
        assertEquals(shared.episodes(split), another.episodes(split));
    }

    @Test
    void splitsShareNoEpisode() {
        TaskSource source = source();
        Set<Episode> seen = new HashSet<>();
        for (Split split : Split.values()) {
            Set<Episode> here = Set.copyOf(new HashSet<>(episodes(source, split)));
            here.forEach(episode -> assertTrue(seen.add(episode), () -> split + " shares " + episode));
        }
    }

    /** A task that has the key {@code seed} draws by it. */
    @Test
    void anotherSeedGivesOtherEpisodes() {
        if (Arrays.stream(type().options().getRecordComponents()).anyMatch(component -> component.getName().equals(SEED))) {
            Map<String, Object> seeded = new LinkedHashMap<>(options());
            seeded.put(SEED, 1);
            List<Episode> one = episodes(source(seeded), Split.TRAIN);
            assertEquals(one, episodes(source(seeded), Split.TRAIN));
            seeded.put(SEED, 2);
            assertNotEquals(one, episodes(source(seeded), Split.TRAIN));
        }
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void numbersEndWhereTheTaskSaysSo(Split split) {
        TaskSource source = source();
        OptionalLong count = source.episodes(split);
        if (count.isPresent()) {
            source.episode(split, count.getAsLong() - 1);
            assertThrows(IllegalArgumentException.class, () -> source.episode(split, count.getAsLong()));
            assertThrows(IllegalArgumentException.class, () -> source.episode(split, -1));
        } else {
            assertEquals(source.episode(split, 1L << 40), source.episode(split, 1L << 40));
        }
        assertFalse(source.remedy(split).isBlank());
        assertEquals(1, source.remedy(split).lines().count());
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void contextsAndQuestionsHaveContent(Split split) {
        questions(split, (episode, question) -> {
            assertTrue(Stream.of(question.kind(), question.text(), question.answer()).noneMatch(String::isBlank),
                    question::toString);
            assertTrue(Double.isNaN(question.position()) || question.position() >= 0 && question.position() <= 1,
                    question::toString);
        });
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void supportStandsInTheContextWordForWord(Split split) {
        questions(split, (episode, question) -> question.support().forEach(fact ->
                assertTrue(episode.segments().stream().anyMatch(segment -> segment.contains(fact)),
                        () -> fact + " is not in it")));
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void quotedAnswersStandInTheContext(Split split) {
        questions(split, (episode, question) -> {
            if (isQuoted(question)) {
                List<String> where = question.support().isEmpty() ? episode.segments() : question.support();
                assertTrue(where.stream().anyMatch(text -> text.contains(question.answer())), question::toString);
            }
        });
    }

    private interface Check {

        void accept(Episode episode, Question question);
    }

    private void questions(Split split, Check check) {
        Consumer<Episode> each = episode -> {
            assertTrue(episode.segments().stream().anyMatch(segment -> !segment.isBlank()), "a context without text");
            episode.questions().forEach(question -> check.accept(episode, question));
        };
        episodes(source(), split).forEach(each);
    }
}
