package org.perk4j.task.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

/** Files in the layouts in which they are published: same keys, same order, made-up content. */
class LayoutsTest {

    private static final Columns NONE = new Columns("", "", "", "");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"hotpot_train_v1.1.json", "hotpot_rows.jsonl"})
    void hotpotQa(String file) {
        List<Episode> episodes = episodes(file, NONE);
        assertEquals(List.of("Lake Orla: Lake Orla is a lake. It is deep.",
                "Ana Brook: Ana Brook was a Danish painter. She lived in Aarhus.",
                "Ivo Stern: Ivo Stern is a Danish critic. He writes."), episodes.get(0).segments());
        assertEquals("hotpotqa-comparison: Were Ana Brook and Ivo Stern of the same nationality? yes "
                + "[Ana Brook was a Danish painter., Ivo Stern is a Danish critic.]", line(episodes.get(0)));
        assertEquals("hotpotqa-bridge: When was the dam on the river of Lake Orla built? 1962 "
                + "[The Vell flows out of it., The dam on the Vell was built in 1962.]", line(episodes.get(1)),
                "a fact in no sentence is left out");
        assertEquals(68 / 106.0, episodes.get(1).questions().get(0).position());
    }

    @Test
    void squad() {
        List<Episode> episodes = episodes("train-v1.1.json", NONE);
        assertEquals(3, episodes.size());
        assertEquals(List.of("The lighthouse at Quoy was built in 1871. Its keeper was Jon Ross."),
                episodes.get(0).segments());
        assertEquals("squad: When was the lighthouse built? 1871 [] | squad: Who kept it? Jon Ross []",
                line(episodes.get(0)));
        assertEquals(57 / 66.0, episodes.get(0).questions().get(1).position());
        assertEquals("squad: How many live in Quoy? 40 []", line(episodes.get(1)));
        assertEquals("squad: How many inhabitants are there? 40 []", line(episodes.get(2)));
    }

    @Test
    void squadWithWhatCannotBeAnswered() {
        List<Episode> episodes = episodes("dev-v2.0.json", NONE);
        assertEquals("squad: When was the lighthouse built? 1871 [] | squad-unanswerable: Who built it? unanswerable []",
                line(episodes.get(0)));
        assertEquals(1, episodes.size());
    }

    @Test
    void squadInRows() {
        List<Episode> episodes = episodes("squad_rows.jsonl", NONE);
        assertEquals("squad: Who kept it? Jon Ross []", line(episodes.get(0)));
        assertEquals("squad-unanswerable: Who built it? unanswerable []", line(episodes.get(1)));
    }

    @Test
    void triviaQaWithTheDescriptionsOfASearch() {
        List<Episode> episodes = episodes("web-train.json", NONE);
        assertEquals(1, episodes.size(), "one has no text");
        assertEquals(List.of("Quoy - a farm: Quoy is a farm in Orkney ..."), episodes.get(0).segments());
        assertEquals("triviaqa: In which islands is Quoy? Orkney []", line(episodes.get(0)));
    }

    @Test
    void triviaQaThatOnlyNamesItsPagesIsRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> episodes("wikipedia-train.json", NONE))
                .getMessage();
        assertTrue(message.contains("wikipedia-train.json: not one of its 1 instances has a text to read"), message);
    }

    @Test
    void triviaQaOfHuggingFace() {
        List<Episode> episodes = episodes("trivia_rows.jsonl", NONE);
        assertEquals(List.of("Quoy is a farm.\nIt lies in Orkney.", "Farms of Orkney: Quoy, Ness."),
                episodes.get(0).segments());
        assertEquals("triviaqa: In which islands is Quoy? Orkney []", line(episodes.get(0)));
        assertEquals(1, episodes.size());
    }

    @Test
    void ruler() {
        List<Episode> episodes = episodes("ruler_niah.jsonl", NONE);
        String context = String.join("", episodes.get(0).segments());
        assertTrue(context.startsWith("Some special magic") && context.endsWith("The sun is yellow."), context);
        assertEquals("ruler: What are all the special magic numbers for wandering-age mentioned in the provided text? The "
                + "special magic numbers for wandering-age mentioned in the provided text are 8090293, 1234567 []",
                line(episodes.get(0)));
        assertEquals("ruler: Question: What is the most common word in the above list? Answer: The word is: apple []",
                line(episodes.get(1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"babilong_0k.json | Mary travelled to the office. John went to the hall.",
        "babilong_0k.jsonl | Mary travelled to the office."})
    void babiLongOfHuggingFace(String file, String context) {
        Episode episode = episodes(file, NONE).get(0);
        assertEquals(List.of(context), episode.segments());
        assertEquals("babilong: Where is Mary? office []", line(episode));
    }

    @Test
    void csvWithNamedColumns() {
        List<Episode> episodes = episodes("records.csv", new Columns("passage", "q", "gold", "evidence"));
        assertEquals(List.of("The \"Vell\" is a river, short\nand deep."), episodes.get(0).segments());
        assertEquals("question: What is the Vell? a river [The \"Vell\" is a river]", line(episodes.get(0)));
        assertEquals("question: What is Ness? a farm []", line(episodes.get(1)));
    }

    @Test
    void tabSeparatedWithTheUsualNames() {
        assertEquals("babilong: What is Ness? a farm []", line(episodes("plain.tsv", NONE).get(0)));
    }

    @Test
    void jsonWithNamedKeys() {
        Episode episode = episodes("nested.json", new Columns("doc.pages", "ask", "gold", "why")).get(0);
        assertEquals(List.of("One page.", "Another, red page."), episode.segments());
        assertEquals("question: Which page? the red one [Another, red page.]", line(episode));
    }

    @Test
    void aListThatIsAColumnIsNoListOfInstances() throws Exception {
        Path file = Files.writeString(folder.resolve("a.jsonl"),
                "{\"data\": [\"One.\", \"Two.\"], \"q\": \"q?\", \"a\": 2}\n");
        assertEquals(List.of("One.", "Two."), read(file, new Columns("data", "q", "a", "")).get(0).segments());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "a.csv | c,q,a\\nx,y | line 2, column 1: 2 fields, but the first line names 3 columns: quote fields with "
                + "separators, quotes or line breaks in them",
        "a.csv | c,c\\nx,y | line 1, column 1: two columns have the same name: the first line names them",
        "a.csv | c,q\\nx,y | line 2, column 1: there is no a, only c, q: correct it in columns",
        "a.csv | c,q,a | empty: name a file with instances",
        "a.csv | `` | empty: name a file with instances",
        "a.json | [{\"c\": \"x\", \"q\": \"\", \"a\": []}] | line 1, column 22: [0].a: there is nothing in this list: give "
        + "it at "
                + "least one entry",
        "a.json | [{\"c\": \"x\",\\n\"q\": \"y\", \"a\": {}}] | line 2, column 11: [0].a: expected a string, \"…\"",
        "a.json | [{\"c\": \" \", \"q\": \"y\", \"a\": \"z\"}] | line 1, column 3: [0].c: there is no text here: give one",
        "a.json | [{\"c\": \"x\", \"q\": \"y\", \"a\": \"z\", \"a\": \"z\"}] | line 1, column 33: [0].a: this key occurs "
        + "twice: "
                + "remove one"})
    void whatIsWrongIsNamedWithItsPlace(String name, String text, String problem) throws Exception {
        Path file = Files.writeString(folder.resolve(name), text.replace("\\n", "\n"));
        assertEquals(file + ": " + problem, assertThrows(IllegalArgumentException.class,
                () -> read(file, new Columns("c", "q", "a", ""))).getMessage());
    }

    @Test
    void damagedLinesAreNamed() throws Exception {
        String good = "{\"input\": \"x\", \"question\": \"q\", \"target\": \"t\"}\n";
        Path file = Files.writeString(folder.resolve("a.jsonl"),
                good + "\n" + good + "{\"input\": \"x\", 'question'}\n" + good);
        assertEquals(file + ": line 4, column 16: not valid JSON: names and strings need double quotes; no comments, no "
                + "trailing commas, nothing after the end",
                assertThrows(IllegalArgumentException.class, () -> read(file, NONE)).getMessage());
        Path latin = Files.write(folder.resolve("latin.csv"), new byte[] {'c', ',', 'q', '\n', (byte) 0xfc, ',', 'x', '\n'});
        assertEquals(latin + ": byte 4: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8",
                assertThrows(IllegalArgumentException.class, () -> read(latin, NONE)).getMessage());
    }

    @Test
    void anUnknownLayoutIsToldTheKnownOnes() throws Exception {
        Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"text\": \"x\"}\n");
        String message = assertThrows(IllegalArgumentException.class, () -> read(file, NONE)).getMessage();
        assertTrue(message.startsWith(file
                + ": line 1, column 1: the layout is unknown: name the columns in columns; "
                + "known are Student Records (database), SQuAD (paragraphs), "), message);
    }

    @Test
    void halfAMappingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Columns("c", "", "a", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl", "a.csv"})
    void aFileThatChangesIsNotReadOn(String name) throws Exception {
        String text = name.endsWith("csv") ? "c,q,a\nx,y,z\n" : "{\"c\": \"x\", \"q\": \"y\", \"a\": \"z\"}\n";
        Path file = Files.writeString(folder.resolve(name), text);
        TaskSource source = source(file, new Columns("c", "q", "a", ""));
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertEquals(file + ": was changed while it was in use: start again, and leave it unchanged",
                assertThrows(IllegalArgumentException.class, () -> source.episode(Split.TEST, 0)).getMessage());
    }

    private static String line(Episode episode) {
        return episode.questions().stream().map(LayoutsTest::line).collect(Collectors.joining(" | "));
    }

    private static String line(Question question) {
        return question.kind() + ": " + question.text() + " " + question.answer() + " " + question.support();
    }

    private static List<Episode> episodes(String name, Columns columns) {
        try {
            return read(Path.of(LayoutsTest.class.getResource("/layouts/" + name).toURI()), columns);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static List<Episode> read(Path file, Columns columns) {
        TaskSource source = source(file, columns);
        return IntStream.range(0, (int) source.episodes(Split.TEST).getAsLong())
                .mapToObj(i -> source.episode(Split.TEST, i)).toList();
    }

    private static TaskSource source(Path file, Columns columns) {
        return new TaskFiles().create(new TaskFilesOptions(List.of(), 0.1, 0.1, 0, List.of(), List.of(),
                List.of(file.toString()), 1, columns), null);
    }
}
