package org.perk4j.task.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

class TaskFilesTest {

    private static final String INSTANCE =
            "{\"context\": [\"%s\"], \"question\": \"q?\", \"answer\": \"a\", \"support\": []}";

    private static final Columns NONE = new Columns("", "", "", "");

    @TempDir
    private Path folder;

    @Test
    void readsStudentRecords() {
        Episode episode = only(sample("student_records/recall.json"));
        assertEquals(26, episode.segments().size());
        assertEquals("Student Id: 3109998, Student Name: Alison Keith, Year: Sophomore, School: School of Computer "
                + "Information and Data Sciences, Major: Computer Science, Grade: 72", episode.segments().get(0));
        assertEquals(episode.segments().get(5), episode.segments().get(24), "a repeated record is kept");
        assertEquals(List.of("name", "major", "grade", "year", "school"), kinds(episode));
        Question grade = episode.questions().get(2);
        assertEquals("78", grade.answer());
        assertEquals(List.of(episode.segments().get(25)), grade.support());
        assertEquals(1, grade.position());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "student_records/relation.json | higher-grade same-major same-school same-year | No No Yes Yes",
        "student_records/allgregation.json | highest lowest average | 96 11 49.3"})
    void readsRelationsAndAggregates(String file, String kinds, String answers) {
        Episode episode = only(sample(file));
        assertEquals(kinds, String.join(" ", kinds(episode)));
        assertEquals(answers, episode.questions().stream().map(Question::answer).collect(Collectors.joining(" ")));
    }

    @ParameterizedTest
    @CsvSource({"qa1, 4, garden, 1", "qa2, 4, hallway, 2", "qa3, 3, office, 3"})
    void readsBabiLong(String task, int segments, String answer, int support) {
        Episode episode = only(sample("babilong/" + task + ".json"));
        Question question = episode.questions().get(0);
        assertEquals(segments, episode.segments().size());
        assertEquals(answer, question.answer());
        assertEquals(task, question.kind());
        assertEquals(support, question.support().size());
        assertTrue(question.position() > 0 && question.position() < 1);
    }

    @Test
    void readsLongGorilla() {
        Episode episode = only(sample("longgorilla/huggingface_api.json"));
        assertEquals(14, episode.segments().size());
        Question question = episode.questions().get(0);
        assertEquals("AutoModel.from_pretrained('YituTech/conv-bert-base')", question.answer());
        assertEquals("api-pre", question.kind());
        assertEquals(0, question.position());
    }

    @Test
    void readsListsAndLinesAndSkipsPlaceholders() throws Exception {
        Path list = write("list.json", "[" + INSTANCE.formatted("one") + ",\n" + INSTANCE.formatted("two") + ", \"...\"]");
        Path lines = write("lines.jsonl", INSTANCE.formatted("one") + "\n\n" + INSTANCE.formatted("two") + "\n");
        for (Path file : List.of(list, lines)) {
            TaskSource source = create(List.of(), List.of(file));
            assertEquals(OptionalLong.of(2), source.episodes(Split.TRAIN));
            assertEquals(List.of("two"), source.episode(Split.TRAIN, 1).segments());
        }
    }

    @Test
    void dividesByShares() throws Exception {
        Path file = write("hundred.jsonl", LongStream.range(0, 100).mapToObj(i -> INSTANCE.formatted("c" + i))
                .collect(Collectors.joining("\n")));
        TaskSource source = new TaskFiles().create(new TaskFilesOptions(List.of(file.toString()), 0.1, 0.25, 1, List.of(),
                List.of(), List.of(), 1, NONE), null);
        assertEquals(OptionalLong.of(65), source.episodes(Split.TRAIN));
        assertEquals(OptionalLong.of(10), source.episodes(Split.VALIDATION));
        assertEquals(OptionalLong.of(25), source.episodes(Split.TEST));
        assertEquals(100, Stream.of(Split.values())
                .flatMap(split -> LongStream.range(0, source.episodes(split).getAsLong())
                        .mapToObj(i -> source.episode(split, i).segments())).distinct().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", "[1]", "[{\"context\": \"x\"}]", "{'context': []}", "{\"context\": []}",
        "{\"context\": [{}], \"question\": \"\", \"answer\": \"\"}", "{\"context\": [\"x\"], \"question\": \"q\"}",
        "{\"database\": [{\"Student Id\": null}], \"questions\": []}", "{\"database\": [], \"questions\": [\"...\"]}",
        "{\"context\": [\"x\"], \"question\": [], \"answer\": \"\"}", "{} {}", "nonsense"})
    void whatIsNotAnInstanceIsRefusedByFileAndPlace(String text) throws Exception {
        Path file = write("bad.json", text);
        String message = assertThrows(IllegalArgumentException.class, () -> create(List.of(), List.of(file))).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.lines().count() == 1, message);
    }

    @Test
    void unreadableFilesAreNamed() throws Exception {
        Path latin = Files.write(folder.resolve("latin.json"), new byte[] {'"', (byte) 0xfc, '"'});
        for (Path file : List.of(folder.resolve("missing.json"), latin)) {
            String message = assertThrows(IllegalArgumentException.class, () -> create(List.of(), List.of(file)))
                    .getMessage();
            assertTrue(message.startsWith(file + ": "), message);
        }
    }

    private static List<String> kinds(Episode episode) {
        return episode.questions().stream().map(Question::kind).toList();
    }

    private static Episode only(Path file) {
        TaskSource source = create(List.of(), List.of(file));
        assertEquals(OptionalLong.of(1), source.episodes(Split.TRAIN));
        return source.episode(Split.TRAIN, 0);
    }

    private static TaskSource create(List<Path> files, List<Path> train) {
        return new TaskFiles().create(new TaskFilesOptions(files.stream().map(Path::toString).toList(), 0.1, 0.1, 0,
                train.stream().map(Path::toString).toList(), List.of(), List.of(), 1, NONE), null);
    }

    private static Path sample(String name) {
        try {
            return Path.of(TaskFilesTest.class.getResource("/official-samples/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private Path write(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }
}
