package org.perk4j.task.babilong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Position;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.data.Tokenizer;
import org.perk4j.tck.ByteTokenizer;

class BabiLongTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"qa1, 16, 1", "qa2, 16, 2", "qa3, 16, 3", "qa1, 3, 1", "qa2, 3, 2", "qa3, 3, 3", "qa3, 60, 3"})
    void answersFollowFromTheContextAndFromTheSupportAlone(String task, int facts, int support) {
        TaskSource source = source(List.of(task), facts, 400, 100, 3, "");
        for (int i = 0; i < 300; i++) {
            Episode episode = source.episode(Split.TRAIN, i);
            String context = String.join(" ", episode.segments());
            assertEquals(facts, Solver.read(context).facts());
            assertTrue(episode.questions().size() > 0);
            for (Question question : episode.questions()) {
                assertEquals(task, question.kind());
                assertEquals(question.answer(), Solver.read(context).answer(question.text()), question.text());
                assertEquals(support, question.support().size());
                assertTrue(question.support().stream().allMatch(context::contains));
            }
        }
    }

    @Test
    void theSolverAnswersTheOfficialSample() {
        assertEquals("office", Solver.read("Daniel Event 11: Daniel grabbed the milk. Daniel Event 14: Daniel left the "
                + "milk. x. Daniel Event 10: Daniel went to the bathroom. Daniel Event 13: Daniel went back to the bedroom. "
                + "Daniel Event 12: Daniel went back to the office.").answer("Where was the milk before the bedroom?"));
    }

    @Test
    void anEpisodeDependsOnSeedSplitAndNumberOnly() {
        TaskSource source = source(List.of("qa1", "qa2", "qa3"), 16, 400, 100, 1, "");
        List<Episode> inOrder = LongStream.range(0, 30).mapToObj(i -> source.episode(Split.TEST, i)).toList();
        List<Episode> atOnce = LongStream.range(0, 30).parallel().boxed().map(i -> source.episode(Split.TEST, i)).toList();
        assertEquals(inOrder, atOnce);
        assertEquals(30, Set.copyOf(inOrder).size());
        assertNotEquals(inOrder.get(0), source.episode(Split.TRAIN, 0));
        assertEquals(Set.of("qa1", "qa2", "qa3"),
                inOrder.stream().map(e -> e.questions().get(0).kind()).collect(Collectors.toSet()));
    }

    @Test
    void contextAndSegmentsHaveTheWordsThatWereAskedFor() {
        Episode episode = source(List.of("qa2"), 20, 1000, 150, 1, "").episode(Split.TRAIN, 5);
        int words = episode.segments().stream().mapToInt(Length::words).sum();
        assertTrue(words >= 1000 && words < 1030, words + " words");
        assertTrue(episode.segments().stream().allMatch(segment -> Length.words(segment) <= 150));
        assertEquals(7, episode.segments().size(), 1);
    }

    /** BABILong's lengths are those of the model that reads it. */
    @Test
    void orAsManyTokens() {
        Tokenizer tokenizer = new ByteTokenizer();
        BabiLongOptions options = new BabiLongOptions(3, List.of("qa2"), 20, 1, 5000, 1, 700, 1, "",
                Position.ANYWHERE);
        List<String> segments = new BabiLong().create(options, tokenizer).episode(Split.TRAIN, 5).segments();
        int tokens = segments.stream().mapToInt(segment -> tokenizer.encode(" " + segment).length).sum();
        assertTrue(tokens >= 5000 && tokens < 5150, tokens + " tokens");
        assertTrue(segments.stream().allMatch(segment -> tokenizer.encode(" " + segment).length <= 700));
        assertEquals(8, segments.size(), 1);
    }

    @Test
    void factsAreHiddenInTheTextOfAFile() throws Exception {
        Path file = folder.resolve("text.txt");
        Files.writeString(file, "Ein Satz über Öl. Is this another?\nYes, it is!");
        Episode episode = source(List.of("qa1"), 4, 60, 20, 1, file.toString()).episode(Split.TRAIN, 0);
        String context = String.join(" ", episode.segments());
        assertTrue(context.contains("Ein Satz über Öl.") && context.contains("Yes, it is!"), context);
    }

    @Test
    void positionsCoverTheWholeContext() {
        TaskSource source = source(List.of("qa1"), 8, 300, 100, 1, "");
        var statistics = LongStream.range(0, 500)
                .mapToDouble(i -> source.episode(Split.TRAIN, i).questions().get(0).position()).summaryStatistics();
        assertTrue(statistics.getMin() >= 0 && statistics.getMin() < 0.05);
        assertTrue(statistics.getMax() <= 1 && statistics.getMax() > 0.95);
        assertEquals(0.5, statistics.getAverage(), 0.05);
    }

    /** The third of the text, which the facts make longer. */
    @ParameterizedTest
    @CsvSource({"BEGINNING,0,0.45", "MIDDLE,0.25,0.75", "END,0.55,1"})
    void factsAreInOneThirdOfTheContext(Position position, double from, double to) {
        TaskSource source = new BabiLong().create(new BabiLongOptions(3, List.of("qa2"), 8, 600, 0, 100, 0, 1, "", position),
                new ByteTokenizer());
        var statistics = LongStream.range(0, 200).mapToObj(i -> source.episode(Split.TRAIN, i)).flatMapToDouble(episode -> {
            String context = String.join(" ", episode.segments());
            return Pattern.compile(" Event \\d+:").matcher(context).results()
                    .mapToDouble(fact -> fact.start() / (double) context.length());
        }).summaryStatistics();
        assertEquals(200 * 8, statistics.getCount());
        assertTrue(statistics.getMin() >= from && statistics.getMin() < from + 0.15, statistics.toString());
        assertTrue(statistics.getMax() <= to && statistics.getMax() > to - 0.15, statistics.toString());
    }

    @Test
    void badInputIsNamed() throws Exception {
        Path missing = folder.resolve("missing.txt");
        Path empty = Files.writeString(folder.resolve("empty.txt"), " \n");
        Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', (byte) 0xfc, '.'});
        Map.of(missing, "there is no such file: check the name", folder, "not a file, but a folder: name a file",
                empty, "there is no text in it: name a file with sentences",
                latin, "byte 1: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8")
                .forEach((file, reason) -> assertEquals(file + ": " + reason, assertThrows(IllegalArgumentException.class,
                        () -> source(List.of("qa1"), 4, 60, 20, 1, file.toString())).getMessage()));
        assertThrows(IllegalArgumentException.class, () -> source(List.of("qa4"), 4, 60, 20, 1, ""));
        assertThrows(IllegalArgumentException.class, () -> source(List.of("qa3"), 2, 60, 20, 1, ""));
    }

    private static TaskSource source(List<String> tasks, int facts, int words, int segmentWords, int questions,
            String text) {
        return new BabiLong().create(new BabiLongOptions(3, tasks, facts, words, 0, segmentWords, 0, questions, text,
                Position.ANYWHERE), new ByteTokenizer());
    }
}
