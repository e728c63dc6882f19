package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Each study as shipped, with a step or two of training: what it measures, writes and says, and that it goes on. */
class StudyIT {

    private static final Path QUICKSTART = Perk.INSTALLATION.resolve("quickstart");

    private static final String TRAINING = """
            "train": {"adapter": {"type": "lora", "rank": 2}, "optimizer": "sgd", "objective": {"type": "perk", "steps": 1},
              "stages": [{"steps": 2, "task": {"type": "student-records", "records": 4, "questions": 2}}],
              "validation": {"episodes": 1, "answers": 0}},
            "episodes": 1, "answerTokens": 4""";

    private static final String GIVEN = """
            "adapter": "%s", "ftIcr": "%s", "test": {"type": "student-records", "questions": 3}, "episodes": 2,
            "answerTokens": 24""".formatted(QUICKSTART.resolve("adapter"), QUICKSTART.resolve("ft-icr"));

    @TempDir
    private Path folder;

    private Path job(String keys) throws IOException {
        return Files.writeString(folder.resolve("job.json"), """
                {"base": "%s", "output": "%s",
                %s}""".formatted(QUICKSTART.resolve("base"), folder.resolve("out"), keys));
    }

    private static Map<String, Object> done(Perk perk) throws IOException {
        assertEquals(0, perk.exitCode(), perk.err());
        Map<String, Object> json = Json.parseObject(perk.lastLine());
        assertEquals(true, json.get("finished"));
        assertTrue(Files.readString(Path.of(json.get("report").toString())).contains("\"figures\":[{"));
        return json;
    }

    private static List<Map<?, ?>> results(Map<String, Object> json) {
        return ((List<?>) json.get("results")).stream().<Map<?, ?>>map(result -> (Map<?, ?>) result).toList();
    }

    private Map<String, FileTime> cells() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("out/cells"))) {
            Map<String, FileTime> times = new TreeMap<>();
            for (Path file : files.toList()) {
                times.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
            }
            return times;
        }
    }

    @Test
    void complexityTrainsEachTaskAndGoesOnWhereItWas() throws Exception {
        String job = job(TRAINING + """
                , "noContext": true, "unseen": {"type": "student-records", "values": "unseen"}, "variants": [
                  {"name": "relation", "task": {"kinds": ["relation"]}},
                  {"name": "QA1", "task": {"type": "babilong", "tasks": ["qa1"], "facts": 3, "contextWords": 30}}]
                """).toString();
        Map<String, Object> first = done(Perk.run("study", "complexity", job, "--json"));
        assertEquals(List.of("relation perk known values", "relation perk unseen values", "relation no-context known values",
                "relation no-context unseen values", "QA1 perk ", "QA1 no-context "), results(first).stream()
                .map(result -> result.get("tested") + " " + result.get("method") + " " + result.get("contexts")).toList());
        assertTrue(results(first).stream().allMatch(result -> (double) result.get("low") <= (double) result.get("exactMatch")
                && (double) result.get("steps") == 2), first.toString());
        Map<String, FileTime> written = cells();
        assertEquals(Set.of("relation.json", "qa1.json"), written.keySet());

        Files.delete(folder.resolve("out/cells/qa1.json"));
        Map<String, Object> again = done(Perk.run("study", "complexity", job, "--json"));
        assertEquals(first.get("results").toString(), again.get("results").toString(), "the same bits");
        assertEquals(written.get("relation.json"), cells().get("relation.json"), "not computed again");
    }

    @Test
    void lengthMeasuresOneAdapterWhereverAPromptIsTooLong() throws Exception {
        Map<String, Object> json = done(Perk.run("study", "length", job(GIVEN + """
                , "variants": [{"name": "short", "test": {"records": 6}}, {"name": "long", "test": {"records": 160}}]""")
                .toString(), "--json"));
        List<Map<?, ?>> results = results(json);
        assertEquals(4, results.size());
        assertTrue((double) results.get(0).get("exactMatch") >= 0.5, results.toString());
        assertTrue(results.get(3).get("problem").toString().contains("longer than the model reads"), results.toString());
    }

    @Test
    void positionCrossesTrainingsAndTests() throws Exception {
        String job = job(TRAINING + ", \"parallel\": 2").toString();
        Map<String, Object> json = done(Perk.run("study", "position", job, "--json"));
        Set<String> crossed = new TreeSet<>();
        results(json).forEach(result -> crossed.add(result.get("trained") + " " + result.get("tested")));
        assertEquals(16, crossed.size(), crossed.toString());
    }

    @Test
    void inferenceMeasuresTimesAndMemoryOfBothWays() throws Exception {
        Perk perk = Perk.run("study", "inference", job(GIVEN + """
                , "variants": [{"name": "short", "test": {"records": 4}}, {"name": "long", "test": {"records": 160}}]""")
                .toString(), "--json");
        List<Map<?, ?>> results = results(done(perk));
        for (Map<?, ?> result : results.subList(0, 3)) {
            assertTrue((double) result.get("firstAnswerSeconds") > 0 && (double) result.get("furtherAnswerSeconds") > 0
                    && (double) result.get("peakBytes") > 1e6, result.toString());
        }
        assertTrue((double) results.get(2).get("encodeSeconds") > (double) results.get(0).get("encodeSeconds"));
        assertTrue(results.get(3).containsKey("problem"), results.toString());
        assertTrue(perk.err().contains("Break-even in questions"), perk.err());
    }

    @Test
    void ablationComparesTrainings() throws Exception {
        Map<String, Object> json = done(Perk.run("study", "ablation", job(TRAINING + """
                , "variants": [{"name": "as given"}, {"name": "DoRA", "train": {"adapter": {"type": "dora", "rank": 2}}},
                  {"name": "diverges", "train": {"objective": {"learningRate": 1e30}}}]""").toString(), "--json"));
        List<Map<?, ?>> results = results(json);
        assertTrue((double) results.get(1).get("validationLoss") > 0);
        assertTrue(results.get(2).get("problem").toString().contains("not finite"), results.toString());
    }

    @Test
    void aStudyThatIsStoppedIsNotDone() throws Exception {
        Path job = job(TRAINING.replace("\"steps\": 2,", "\"steps\": 100000,"));
        Process process = new ProcessBuilder(Perk.INSTALLATION.resolve("bin/perk").toString(), "study", "position",
                job.toString())
                .redirectOutput(folder.resolve("said").toFile()).redirectError(folder.resolve("err").toFile()).start();
        Path log = folder.resolve("out/trained/beginning/log.jsonl");
        int exitCode = Perk.terminated(process, log);
        assertEquals(3, exitCode, Files.readString(folder.resolve("err")));
        assertTrue(Files.readString(folder.resolve("said")).contains("the same command goes on"));
    }

    @Test
    void whatIsWrongIsSaidBeforeAnythingIsTrained() throws Exception {
        Perk listed = Perk.run("study", "position", "--preset", "small", "--list", "--json");
        assertEquals(16, ((List<?>) Json.parseObject(listed.lastLine()).get("cells")).size(), listed.err());
        assertEquals(2, Perk.run("study", "length").exitCode());
        assertEquals(2, Perk.run("study", "width", "--preset", "small").exitCode());
        Perk wrong = Perk.run("study", "ablation", job(TRAINING + """
                , "variants": [{"name": "as given"}, {"name": "rnak", "train": {"adapter": {"rnak": 4}}}]""").toString());
        assertEquals(1, wrong.exitCode());
        assertTrue(wrong.err().contains("rnak") && wrong.err().contains("rank"), wrong.err());
        assertTrue(Files.notExists(folder.resolve("out")), "nothing was written");
    }
}
