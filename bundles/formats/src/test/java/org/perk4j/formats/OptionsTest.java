package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.plugin.Option;

class OptionsTest {

    @TempDir
    private Path folder;

    enum Schedule { COSINE, LINEAR }

    record Outer(@Option(help = "steps of the outer loop") int steps,
            @Option(help = "initial learning rate", value = "1e-5") double rate,
            @Option(help = "how the rate falls", value = "cosine") Schedule schedule) {

        Outer {
            if (steps < 1) {
                throw new IllegalArgumentException("steps must be at least 1: " + steps);
            }
        }
    }

    record Job(String name,
            @Option(help = "seed of all random draws", value = "7") long seed,
            @Option(help = "whether to shuffle", value = "true") boolean shuffle,
            @Option(help = "layers to adapt", value = "[\"c_attn\"]") List<String> targets,
            @Option(help = "adapter to train", value = "{\"type\": \"lora\", \"rank\": 4}") PluginChoice adapter,
            @Option(help = "outer loop", value = "{\"steps\": 3}") Outer outer) {
    }

    record Lora(@Option(help = "rank", value = "16") int rank, @Option(help = "scale", value = "16") double alpha) {
    }

    @Test
    void defaultsFillWhatIsNotGiven() throws IOException {
        Job job = read("{\"name\": \"a\"}");
        assertEquals("a", job.name());
        assertEquals(7, job.seed());
        assertTrue(job.shuffle());
        assertEquals(List.of("c_attn"), job.targets());
        assertEquals(new Outer(3, 1e-5, Schedule.COSINE), job.outer());
        assertEquals("lora", job.adapter().type());
        assertEquals(new Lora(4, 16), Options.bind(job.adapter(), Lora.class));
    }

    @Test
    void whatIsGivenIsTaken() throws IOException {
        Job job = read("""
                {"name": "b", "seed": 9007199254740993, "shuffle": false, "targets": [], "adapter": "lora",
                 "outer": {"steps": 1e2, "rate": 1, "schedule": "Linear"}}""");
        assertEquals(9007199254740993L, job.seed());
        assertEquals(List.of(), job.targets());
        assertEquals(new Outer(100, 1, Schedule.LINEAR), job.outer());
        assertEquals(new Lora(16, 16), Options.bind(job.adapter(), Lora.class));
        assertEquals(new Lora(2, 16), Options.bind(PluginChoice.of("lora", Map.of("rank", 2)), Lora.class));
    }

    @Test
    void aJobThatIsWrittenIsReadAgain() throws IOException {
        Job job = read("{\"name\": \"a\", \"seed\": 9007199254740993, \"adapter\": {\"type\": \"lora\", \"alpha\": 0.1}}");
        Job again = read(Json.write(job));
        assertEquals(Json.write(job), Json.write(again));
        assertEquals(9007199254740993L, again.seed());
        assertEquals(new Lora(16, 0.1), Options.bind(again.adapter(), Lora.class));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void mistakesAreNamed(String text, String expected) throws IOException {
        String message = assertThrows(FileFormatException.class, () -> read(text)).getMessage();
        assertEquals(folder.resolve("job.json") + ": " + expected, message);
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("{}", "line 1, column 1: the key \"name\" is missing: add it"),
                Arguments.of("[]", "line 1, column 1: expected an object, {…}, found []"),
                Arguments.of("{\"nmae\": \"a\"}", "line 1, column 2: nmae: unknown key: did you mean \"name\"?"),
                Arguments.of("{\"name\": \"a\",\n\n  \"outer\": {\"steps\": 1, \"foo\": 1}}",
                        "line 3, column 25: outer.foo: unknown key: allowed are steps, rate, schedule"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": \"16\"}}",
                        "line 1, column 25: outer.steps: expected a whole number, found \"16\""),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 1.5}}",
                        "line 1, column 25: outer.steps: expected a whole number, found 1.5"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 3000000000}}",
                        "line 1, column 25: outer.steps: expected a whole number from -2147483648 to 2147483647, found "
                        + "3000000000"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 0}}",
                        "line 1, column 15: outer: steps must be at least 1: 0"),
                Arguments.of("{\"name\": \"a\", \"outer\": {}}",
                        "line 1, column 15: outer: the key \"steps\" is missing: add it (steps of the outer loop)"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 1, \"rate\": 1e999}}",
                        "line 1, column 37: outer.rate: this number is out of range"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 1, \"schedule\": \"cosin\"}}",
                        "line 1, column 37: outer.schedule: expected \"cosine\"? (one of cosine, linear), found \"cosin\""),
                Arguments.of("{\"name\": \"a\", \"a.b\\nc\": 1}", "line 1, column 15: [\"a.b\\nc\"]: unknown key: "
                        + "allowed are name, seed, shuffle, targets, adapter, outer"),
                Arguments.of("{\"name\": \"a\", \"outer\": {\"steps\": 1, \"rate\": \"fast\"}}",
                        "line 1, column 37: outer.rate: expected a number, found \"fast\""),
                Arguments.of("{\"name\": null}", "line 1, column 2: name: expected a string, found null"),
                Arguments.of("{\"name\": \"a\", \"shuffle\": 1}",
                        "line 1, column 15: shuffle: expected true or false, found 1"),
                Arguments.of("{\"name\": \"a\", \"targets\": \"b\"}",
                        "line 1, column 15: targets: expected a list, […], found \"b\""),
                Arguments.of("{\"name\": \"a\", \"targets\": [\"b\",\n 1]}",
                        "line 2, column 2: targets[1]: expected a string, found 1"),
                Arguments.of("{\"name\": \"a\", \"adapter\": {\"rank\": 1}}",
                        "line 1, column 15: adapter: the key \"type\" is missing: name the plugin"),
                Arguments.of("{\"name\": \"a\", \"adapter\": 1}",
                        "line 1, column 15: adapter: expected a plugin, {\"type\": …}, found 1"));
    }

    @Test
    void allMistakesAreNamedAtOnce() {
        String message = assertThrows(FileFormatException.class,
                () -> read("{\"nam\": 1, \"seed\": \"x\", \"outer\": {\"stepz\": 1}}")).getMessage();
        assertEquals(3, message.lines().count(), message);
        assertTrue(message.lines().allMatch(line -> line.startsWith(folder.resolve("job.json") + ": line 1, ")), message);
    }

    @Test
    void aPluginsOptionsKeepTheirPlace() throws IOException {
        Job job = read("{\"name\": \"a\",\n \"adapter\": {\"type\": \"lora\",\n  \"rnak\": 16}}");
        String message = assertThrows(IllegalArgumentException.class, () -> Options.bind(job.adapter(), Lora.class))
                .getMessage();
        assertEquals(folder.resolve("job.json") + ": line 3, column 3: adapter.rnak: unknown key: did you mean \"rank\"?",
                message);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyMisspellingFindsItsKey(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> keys = Arrays.stream(Job.class.getRecordComponents()).map(c -> c.getName()).toList();
        String key = keys.get(random.nextInt(keys.size()));
        int at = random.nextInt(key.length());
        String misspelt = random.nextBoolean() ? key.substring(0, at) + "_" + key.substring(at)
                : key.substring(0, at) + key.substring(at + 1);
        Map<String, Object> object = new LinkedHashMap<>();
        new ArrayList<>(keys).stream().filter("name"::equals).filter(k -> !k.equals(key)).forEach(k -> object.put(k, "a"));
        object.put(misspelt, 1);
        String message = assertThrows(FileFormatException.class, () -> read(Json.write(object))).getMessage();
        assertTrue(message.endsWith(misspelt + ": unknown key: did you mean \"" + key + "\"?"), message);
    }

    static IntStream seeds() {
        return IntStream.range(0, 30);
    }

    @Test
    void theKeysAreDescribed() {
        assertEquals("""
                steps     whole number     required        steps of the outer loop
                rate      number           default 1e-5    initial learning rate
                schedule  cosine | linear  default cosine  how the rate falls
                """, Options.describe(Outer.class));
        assertTrue(Options.describe(Job.class).contains("\nouter.steps     whole number"), Options.describe(Job.class));
    }

    /** Options that nobody could set: the author of a plugin is told before a user is. */
    record Unusable(
            @Option(help = "a number", value = "0.5") int count,
            @Option(help = "fine", value = "0.5") double share,
            @Option(help = "no type of a key") Object thing,
            @Option(help = "no JSON", value = "[") List<String> names,
            @Option(help = "fine") List<String> others) {
    }

    @Test
    void optionsThatAreWrongThemselvesAreNamed() {
        List<String> problems = Options.problems(Unusable.class);
        assertEquals(3, problems.size(), problems.toString());
        assertEquals("the default of count: expected a whole number, found 0.5", problems.get(0));
        assertEquals("thing: a key can't be of type java.lang.Object", problems.get(1));
        assertTrue(problems.get(2).startsWith("names: the default of "), problems.get(2));
        assertEquals(List.of(), Options.problems(Job.class));
        assertEquals(List.of(), Options.problems(Lora.class));
    }

    private Job read(String text) throws IOException {
        return Options.read(Files.writeString(folder.resolve("job.json"), text), Job.class);
    }
}
