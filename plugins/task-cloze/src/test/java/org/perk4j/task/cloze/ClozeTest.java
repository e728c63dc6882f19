package org.perk4j.task.cloze;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;
import org.perk4j.tck.ByteTokenizer;

class ClozeTest {

    private static final List<String> NAMES = List.of("Elizabeth", "Darcy", "Jane", "Bingley", "Lydia");

    @TempDir
    private Path folder;

    /** Sentences that their numbers tell apart, each with one name within it. */
    static Path text(Path folder, int sentences) throws IOException {
        return Files.writeString(folder.resolve("text.txt"), IntStream.range(0, sentences)
                .mapToObj(i -> "On day " + i + " it was seen that " + NAMES.get(i * 7 % 5) + "'s carriage number " + i
                        + " had gone to town in haste.").collect(Collectors.joining("\n")));
    }

    private static TaskSource source(Path text, List<String> kinds, int sentences, int questions) {
        return new Cloze().create(new ClozeOptions(3, text.toString(), kinds, sentences, questions, 150),
                new ByteTokenizer());
    }

    @Test
    void aNameIsAskedForByWhatStandsAroundIt() {
        Gap.Riddle riddle = Gap.NAME.ask(List.of("But", "he", "knew", "that", "Elizabeth,", "who", "saw", "it,", "left."),
                new SplittableRandom(1)).orElseThrow();
        assertEquals("Which name belongs in the gap: \"But he knew that ___, who saw it, left.\"?", riddle.question());
        assertEquals("Elizabeth", riddle.answer());
    }

    @Test
    void titlesAreNoNamesButWhatFollowsThemIs() {
        assertEquals("Darcy", Gap.NAME.ask(List.of("It", "was", "then", "that", "Mr.", "Darcy's", "aunt", "came."),
                new SplittableRandom(1)).orElseThrow().answer());
    }

    /** The first word of a sentence, and of one that is quoted, has a capital anyway, and so has I. */
    @Test
    void notEveryCapitalIsAName() {
        assertTrue(Gap.NAME.ask(List.of("Then", "he", "said,", "\"That", "is", "what", "I", "saw.", "Come!\""),
                new SplittableRandom(1)).isEmpty());
    }

    @Test
    void theNextWordsAreAskedForAfterSixOfThem() {
        assertEquals(new Gap.Riddle("What comes after \"%s\"?", List.of("a b c d e f"), "g h i."),
                Gap.NEXT.ask(List.of("a", "b", "c", "d", "e", "f", "g", "h", "i."), new SplittableRandom(1)).orElseThrow());
        assertTrue(Gap.NEXT.ask(List.of("a", "b", "c", "d", "e", "f", "g", "h."), new SplittableRandom(1)).isEmpty());
    }

    @Test
    void eachQuestionHasOneAnswerInThePassage() throws IOException {
        TaskSource source = source(text(folder, 2000), List.of("name", "next"), 6, 6);
        Set<String> kinds = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Episode episode = source.episode(Split.TRAIN, i);
            String passage = String.join(" ", episode.segments());
            for (Question question : episode.questions()) {
                kinds.add(question.kind());
                String quoted = question.text().substring(question.text().indexOf('"') + 1,
                        question.text().lastIndexOf('"'));
                String filled = quoted.contains("___") ? quoted.replace("___", question.answer())
                        : quoted + " " + question.answer();
                assertTrue(passage.contains(filled), filled);
                assertEquals(passage.indexOf(filled), passage.lastIndexOf(filled), filled);
            }
        }
        assertEquals(Set.of("name", "next"), kinds);
    }

    /** None of the test's sentences is one of training. */
    @Test
    void splitsShareNoSentence() throws IOException {
        TaskSource source = source(text(folder, 400), List.of("name"), 5, 1);
        int[] most = new int[Split.values().length];
        for (Split split : Split.values()) {
            for (int i = 0; i < 300; i++) {
                String passage = String.join(" ", source.episode(split, i).segments());
                most[split.ordinal()] = Math.max(most[split.ordinal()],
                        Integer.parseInt(passage.replaceAll(".*On day (\\d+) .*", "$1")));
                int first = Integer.parseInt(passage.replaceAll("^On day (\\d+) .*", "$1"));
                assertTrue(split == Split.TRAIN || first > most[split.ordinal() - 1], split + " begins with " + first);
            }
        }
        assertEquals(399, most[Split.TEST.ordinal()]);
    }

    @Test
    void aTextWithoutQuestionsIsRefusedAtOnce() throws IOException {
        Path text = Files.writeString(folder.resolve("short.txt"), "No it is. ".repeat(200));
        assertEquals(text + ": no sentence gives a question of the kinds [name]: name a text of prose, or other kinds",
                assertThrows(IllegalArgumentException.class, () -> source(text, List.of("name"), 2, 1)).getMessage());
    }
}
