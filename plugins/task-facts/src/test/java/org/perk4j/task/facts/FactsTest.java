package org.perk4j.task.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Position;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.tck.ByteTokenizer;

class FactsTest {

    private static final List<String> KINDS = Stream.of(Kind.values()).map(Kind::key).toList();

    @TempDir
    private Path folder;
    private Path words;
    private Path text;

    @BeforeEach
    void write() throws IOException {
        words = words(folder);
        text = text(folder);
    }

    /** Words whose letters tell them from everything else in an episode. */
    static Path words(Path folder) throws IOException {
        return Files.write(folder.resolve("words.txt"), IntStream.range(0, 400)
                .mapToObj(i -> "zq" + (char) ('a' + i / 20) + (char) ('a' + i % 20) + "xvk").toList());
    }

    static Path text(Path folder) throws IOException {
        return Files.writeString(folder.resolve("text.txt"), IntStream.range(0, 200)
                .mapToObj(i -> "Sentence " + i + " says nothing.").collect(Collectors.joining(" ")));
    }

    private TaskSource source(List<String> kinds, int fewest, int things, int questions, String text) {
        return source(kinds, fewest, things, questions, text, Position.ANYWHERE);
    }

    private TaskSource source(List<String> kinds, int fewest, int things, int questions, String text, Position position) {
        return new Facts().create(
                new FactsOptions(3, kinds, words.toString(), things, fewest, questions, text, 1500, 200, position),
                new ByteTokenizer());
    }

    /** Whoever reads the one fact can answer, and no other fact gives another answer. */
    @Test
    void eachQuestionHasOneAnswerWhichItsFactHolds() {
        for (String hidden : List.of("", text.toString())) {
            TaskSource source = source(KINDS, 0, 6, 0, hidden);
            for (int i = 0; i < 200; i++) {
                List<Question> questions = source.episode(Split.TRAIN, i).questions();
                Set<String> asked = new HashSet<>();
                for (Question question : questions) {
                    String subject = question.text().replaceFirst("^(What is|Tell me) ", "").replaceFirst("[?.]$", "");
                    assertTrue(asked.add(subject), () -> subject + " is asked for twice");
                    assertTrue(question.support().get(0).contains(question.answer()), question::toString);
                    assertTrue(KINDS.contains(question.kind()), question::toString);
                }
            }
        }
    }

    @Test
    void allKindsAndFormsComeUp() {
        TaskSource source = source(KINDS, 0, 3, 0, "");
        List<Episode> episodes = LongStream.range(0, 200).mapToObj(i -> source.episode(Split.TRAIN, i)).toList();
        assertEquals(Set.copyOf(KINDS), episodes.stream().map(episode -> episode.questions().get(0).kind())
                .collect(Collectors.toSet()));
        assertEquals(Set.of('|', '{', 'T', ':'), episodes.stream().map(episode -> episode.segments().get(0))
                .map(record -> "|{T".indexOf(record.charAt(0)) >= 0 ? record.charAt(0) : ':').collect(Collectors.toSet()));
    }

    @Test
    void namesAndWordsOfValuesAreMadeOfTheListAlone() {
        TaskSource source = source(List.of("any", "needle"), 0, 6, 0, "");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            for (Question question : source.episode(Split.TRAIN, i).questions()) {
                names.add(question.answer());
                String rest = question.answer().replaceAll("(?i)\\bz\\w*k\\b", "").replaceAll("[A-Z]{2}-", "")
                        .replaceAll("\\b(January|February|March|April|May|June|July|August|September|October|November"
                                + "|December)\\b", "").replaceAll("[-\\d.\\s]", "");
                assertEquals("", rest, question.answer());
            }
        }
        assertTrue(names.size() > 600, names.size() + " different answers");
    }

    @Test
    void contextsHaveAsManyThingsAndQuestionsAsWasAskedFor() {
        TaskSource source = source(List.of("product"), 2, 9, 5, "");
        Set<Integer> counts = LongStream.range(0, 200).mapToObj(i -> source.episode(Split.TRAIN, i))
                .map(episode -> episode.segments().size()).collect(Collectors.toSet());
        assertEquals(IntStream.rangeClosed(2, 9).boxed().collect(Collectors.toSet()), counts);
        assertTrue(LongStream.range(0, 50).allMatch(i -> source.episode(Split.TRAIN, i).questions().size() <= 5));
        assertEquals(7, source(List.of("needle"), 0, 7, 0, "").episode(Split.TEST, 1).questions().size());
    }

    @Test
    void needlesAreHiddenAnywhereInTheProse() {
        TaskSource source = source(List.of("needle"), 0, 2, 0, text.toString());
        double least = 1;
        double most = 0;
        for (int i = 0; i < 200; i++) {
            Episode episode = source.episode(Split.TRAIN, i);
            int tokens = episode.segments().stream().mapToInt(segment -> segment.length() + 1).sum();
            assertTrue(tokens >= 1500 && tokens < 1600, tokens + " tokens");
            assertTrue(episode.segments().stream().allMatch(segment -> segment.length() < 200));
            Question question = episode.questions().get(0);
            assertTrue(question.text().contains("the special magic number for zq"), question.text());
            assertTrue(question.support().get(0).matches("The special magic number for .* is \\d+\\."));
            least = Math.min(least, question.position());
            most = Math.max(most, question.position());
        }
        assertTrue(least < 0.05 && most > 0.95, least + " to " + most);
    }

    @ParameterizedTest
    @CsvSource({"BEGINNING,0,0.38", "MIDDLE,0.3,0.7", "END,0.62,1"})
    void needlesAreHiddenInOneThirdOfTheProse(Position position, double from, double to) {
        TaskSource source = source(List.of("needle"), 0, 4, 0, text.toString(), position);
        List<Double> places = LongStream.range(0, 200).mapToObj(i -> source.episode(Split.TEST, i))
                .flatMap(episode -> episode.questions().stream()).map(Question::position).sorted().toList();
        assertEquals(800, places.size());
        assertTrue(places.get(0) >= from && places.get(0) < from + 0.1, "from " + places.get(0));
        assertTrue(places.get(799) <= to && places.get(799) > to - 0.1, "to " + places.get(799));
    }

    /** So that results of other positions can be compared. */
    @Test
    void thePositionMovesTheFactsOnly() {
        Set<List<String>> sentences = new HashSet<>();
        Set<Set<String>> questions = new HashSet<>();
        for (Position position : Position.values()) {
            Episode episode = source(List.of("needle"), 0, 4, 0, text.toString(), position).episode(Split.TEST, 5);
            sentences.add(Stream.of(String.join(" ", episode.segments()).split("(?<=\\.) ")).sorted().toList());
            questions.add(episode.questions().stream().map(Question::answer).collect(Collectors.toSet()));
        }
        assertEquals(1, sentences.size());
        assertEquals(1, questions.size());
    }

    @Test
    void recordsHaveNoPosition() {
        assertEquals("a position is for facts within a text: name a text, or remove position",
                assertThrows(IllegalArgumentException.class,
                        () -> source(KINDS, 0, 4, 0, "", Position.END)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"product", "any"})
    void theSameSeedGivesTheSame(String kind) {
        TaskSource source = source(List.of(kind), 0, 4, 0, "");
        assertEquals(source.episode(Split.TEST, 8), source(List.of(kind), 0, 4, 0, "").episode(Split.TEST, 8));
        assertNotEquals(source.episode(Split.TEST, 8), source.episode(Split.VALIDATION, 8));
    }

    @Test
    void aListOfTooFewWordsIsRefused() throws IOException {
        Files.writeString(words, "one\ntwo\nxx\n");
        assertEquals(words + ": has only 2 words of three letters or more: name a file with at least 100, one on each line",
                assertThrows(IllegalArgumentException.class, () -> source(KINDS, 0, 4, 0, "")).getMessage());
    }
}
