package org.perk4j.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.training.TrainJob;

class GridTest {

    private static final String TRAINING = """
            "train": {"adapter": {"type": "lora", "rank": 8}, "optimizer": "sgd",
              "stages": [{"steps": 3, "task": "student-records"},
                {"steps": 5, "task": {"type": "student-records", "seed": 7, "minimumRecords": 2, "records": 6}}]}""";

    @TempDir
    private Path folder;

    private StudyJob job(String keys) throws IOException {
        return Options.read(Files.writeString(folder.resolve("job.json"), """
                {"base": "b", "backend": "java", "output": "out",
                 %s}""".formatted(keys)), StudyJob.class);
    }

    private static List<String> labels(List<Cell> cells) {
        return cells.stream().map(Cell::label).toList();
    }

    private static TrainJob training(Cell cell) {
        return cell.training().orElseThrow();
    }

    private static String options(PluginChoice choice) {
        return Json.writeLine(choice);
    }

    @Test
    void eachTaskIsTrainedAndTested() throws IOException {
        List<Cell> cells = Grid.of(Study.COMPLEXITY, job(TRAINING + """
                , "unseen": {"type": "student-records", "values": "unseen"}"""));
        assertEquals(List.of("QA1", "QA2", "QA3", "recall", "relation", "aggregate"), labels(cells));
        Cell qa = cells.get(1);
        assertEquals("out/trained/qa2", training(qa).output());
        assertEquals(training(qa).output(), qa.test().adapter());
        for (TrainJob.TrainStage stage : training(qa).stages()) {
            assertEquals("{\"type\":\"babilong\",\"tasks\":[\"qa2\"]}", options(stage.task()), "another type, as a whole");
        }
        assertEquals(1, qa.test().contexts().size(), "nothing is unseen in this type of tasks");
        Cell relation = cells.get(4);
        assertEquals("{\"type\":\"student-records\",\"kinds\":[\"relation\"]}",
                options(training(relation).stages().get(0).task()));
        assertEquals("{\"type\":\"student-records\",\"seed\":7,\"minimumRecords\":2,\"records\":6,\"kinds\":[\"relation\"]}",
                options(training(relation).stages().get(1).task()));
        assertEquals(List.of("known values", "unseen values"), relation.test().names());
        assertTrue(options(relation.test().contexts().get(1)).endsWith("\"questions\":5,\"values\":\"unseen\"}"));
    }

    @Test
    void oneAdapterIsTestedAtEachLength() throws IOException {
        List<Cell> trained = Grid.of(Study.LENGTH, job(TRAINING + ", \"test\": {\"minimumRecords\": 0, \"questions\": 3}"));
        assertEquals(List.of("1K", "2K", "4K", "8K", "16K", "32K", "64K", "128K"), labels(trained));
        assertEquals(List.of("out/trained/adapter"),
                trained.stream().map(cell -> training(cell).output()).distinct().toList());
        assertEquals("{\"type\":\"student-records\",\"seed\":7,\"minimumRecords\":0,\"records\":3072,\"questions\":3}",
                options(trained.get(7).test().contexts().get(0)));
        List<Cell> given = Grid.of(Study.LENGTH, job("""
                "adapter": "a", "test": {"type": "babilong", "tasks": ["qa1"]}"""));
        assertTrue(given.stream().allMatch(cell -> cell.training().isEmpty() && cell.test().adapter().equals("a")));
        assertEquals("{\"type\":\"babilong\",\"tasks\":[\"qa1\"],\"contextTokens\":131072}",
                options(given.get(7).test().contexts().get(0)));
    }

    @Test
    void eachPositionIsTrainedAndTestedAtAll() throws IOException {
        List<Cell> cells = Grid.of(Study.POSITION, job(TRAINING));
        assertEquals(16, cells.size());
        assertEquals(16, cells.stream().map(Cell::name).distinct().count());
        Cell cell = cells.get(1);
        assertEquals("beginning, tested on middle", cell.label());
        assertTrue(training(cell).stages().stream()
                .allMatch(stage -> options(stage.task()).contains("\"position\":\"beginning\"")));
        assertTrue(options(cell.test().contexts().get(0)).contains("\"position\":\"middle\""));
    }

    @Test
    void anAblationChangesWhatItSaysAndNothingElse() throws IOException {
        List<Cell> cells = Grid.of(Study.ABLATION, job(TRAINING));
        TrainJob given = training(cells.get(0));
        assertEquals("as given", cells.get(0).label());
        for (Cell cell : cells.subList(1, cells.size())) {
            TrainJob own = training(cell);
            assertEquals(cells.get(0).test().contexts(), cell.test().contexts());
            long changed = Stream.of(!options(own.adapter()).equals(options(given.adapter())),
                    !options(own.optimizer()).equals(options(given.optimizer())),
                    !options(own.objective()).equals(options(given.objective())), !own.outer().equals(given.outer()))
                    .filter(changes -> changes).count();
            boolean anotherOptimizer = !options(own.optimizer()).equals(options(given.optimizer())); // of another rate
            assertEquals(anotherOptimizer ? 2 : 1, changed, cell.label());
        }
        assertEquals("{\"type\":\"lora\",\"rank\":64}", options(training(cells.get(3)).adapter()));
        assertEquals("{\"type\":\"dora\"}", options(training(cells.get(14)).adapter()), "none of lora's keys");
    }

    @Test
    void whatIsWrongIsNamedWithItsPlace() throws IOException {
        String key = refusal(Study.ABLATION, TRAINING + """
                , "variants": [{"name": "a", "train": {"outr": {"clip": 2}}}]""");
        assertTrue(key.contains("job.json: line 4") && key.contains("variants[0].train.outr: unknown key")
                && key.contains("outer"), key);
        assertTrue(refusal(Study.ABLATION, "\"adapter\": \"a\", \"test\": \"x\"").contains("must be objects"));
        assertTrue(refusal(Study.ABLATION, "\"adapter\": \"a\"").contains("say how by train"));
        assertTrue(refusal(Study.LENGTH, "\"noContext\": true").contains("but not both"));
        assertTrue(refusal(Study.LENGTH, "\"adapter\": \"a\"").contains("name the task"));
        assertTrue(refusal(Study.LENGTH, "\"adapter\": \"a\", \"test\": {\"type\": \"files\"}")
                .contains("say it by variants"));
        assertTrue(refusal(Study.LENGTH, TRAINING + ", \"variants\": [{\"name\": \"a\", \"train\": {\"seed\": 2}}]")
                .contains("variants[0].train: all variants of this study have the same adapter"));
        assertTrue(refusal(Study.POSITION, TRAINING + ", \"variants\": [{\"name\": \"T=1\"}, {\"name\": \"t 1\"}]")
                .contains("the same name"));
        assertTrue(refusal(Study.POSITION, "\"train\": {\"base\": \"b\", \"stages\": []}").contains("train.base"));
        assertTrue(refusal(Study.LENGTH, "\"train\": {\"stages\": [{\"steps\": 1, \"sources\": [{\"task\": \"files\"}]}]}")
                .contains("train: a study varies the task of each stage"));
    }

    private String refusal(Study study, String keys) {
        return assertThrows(Exception.class, () -> Grid.of(study, job(keys))).getMessage();
    }

    /** The tasks and plugins that they name are opened when they are run; here only their keys are read. */
    @ParameterizedTest
    @EnumSource(Study.class)
    void eachStudyHasASmallJob(Study study) throws IOException {
        StudyJob job = StudyJob.small(study, Path.of("/opt/perk \"4j\"/quickstart"), folder);
        List<Cell> cells = Grid.of(study, job);
        assertTrue(cells.size() >= 6, cells.size() + " cells");
        assertEquals("/opt/perk \"4j\"/quickstart/base", cells.get(0).test().base());
        assertTrue(cells.stream().allMatch(cell -> cell.training().isEmpty()
                ? cell.test().adapter().startsWith("/opt/perk") : Path.of(cell.test().adapter()).startsWith(folder)));
    }
}
