package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Json;

/**
 * A base in a GGUF file, with weights of all kinds, as shipped: an adapter is trained on it, with which a text is encoded;
 * the memory is asked, served, and merged into a model. Two steps of training teach nothing, so what is answered doesn't
 * matter.
 */
class GgufIT {

    private static final Path BASE = Path.of("src/test/resources/gguf/model.gguf").toAbsolutePath();
    private static final String TEXT = "Mary went to the kitchen. John took the apple.\n";
    private static final String QUESTION = "Where is Mary?";

    @TempDir
    private static Path folder;

    private static Path adapter;
    private static Path memory;

    @BeforeAll
    static void trainAndEncode() throws Exception {
        Path episodes = Files.writeString(folder.resolve("episodes.csv"), """
                text,asked,gold
                Mary went to the kitchen.,Where is Mary?,kitchen
                John took the apple.,What did John take?,apple
                Sandra went to the garden.,Where is Sandra?,garden
                Daniel took the milk.,What did Daniel take?,milk
                """);
        adapter = folder.resolve("adapter");
        String task = "{\"type\": \"files\", \"train\": [\"" + episodes + "\"], \"validation\": [\"" + episodes
                + "\"], \"columns\": {\"context\": \"text\", \"question\": \"asked\", \"answer\": \"gold\"}}";
        run("train", Files.writeString(folder.resolve("train.json"), """
                {"base": "%s", "output": "%s", "adapter": {"type": "lora", "rank": 2},
                 "objective": {"type": "perk", "steps": 2}, "validation": {"every": 2, "episodes": 1, "answers": 1},
                 "stages": [{"steps": 2, "task": %s}]}
                """.formatted(BASE, adapter, task)).toString());
        memory = folder.resolve("memory");
        run("encode", text().toString(), "-o", memory.toString(), "--base", BASE.toString(), "--adapter",
                adapter.toString(), "--force");
    }

    private static Path text() throws IOException {
        return Files.writeString(folder.resolve("text.txt"), TEXT);
    }

    private static Perk run(String... arguments) throws Exception {
        Perk perk = Perk.run(arguments);
        assertEquals(0, perk.exitCode(), perk.err());
        return perk;
    }

    /** Whatever computes, and by whatever name the base goes: the memory knows where its base is. */
    @Test
    void theMemoryIsAskedOnEveryBackend() throws Exception {
        String answer = ask();
        assertEquals(answer, ask("--base", BASE.toString()));
        assertEquals(answer, ask("--backend", "java"));
    }

    private static String ask(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("ask", memory.toString(), QUESTION, "--tokens", "8", "--json"));
        arguments.addAll(List.of(options));
        return Json.parseObject(run(arguments.toArray(String[]::new)).lastLine()).get("answer").toString();
    }

    /** The model with the memory merged into it answers as the base does with the memory. */
    @Test
    void theMemoryIsMergedIntoAModelOfItsOwn() throws Exception {
        Path merged = folder.resolve("merged");
        run("merge", memory.toString(), "-o", merged.toString());
        try (Served ofMerged = new Served(Perk.INSTALLATION, Files.createDirectory(folder.resolve("of-merged")), Map.of(),
                "--base", merged.toString(), "--adapter", adapterOf(merged).toString());
                Served ofMemory = new Served(Perk.INSTALLATION, Files.createDirectory(folder.resolve("of-memory")), Map.of(),
                        "--base", BASE.toString(), "--adapter", adapter.toString())) {
            assertEquals("DONE", ofMemory.encode("it", TEXT).get("state"));
            assertEquals("model", ofMemory.model());
            String prompt = "Mary went to";
            String expected = Served.text(ofMemory.complete("model:it", prompt, 8));
            assertEquals(expected, Served.text(ofMerged.complete(ofMerged.model(), prompt, 8)));
            assertEquals(List.of("model", "model:it"), ((List<?>) Json.parseObject(ofMemory.get("/v1/models").body())
                    .get("data")).stream().map(model -> ((Map<?, ?>) model).get("id")).toList());
        }
    }

    /** The same adapter, as if it were trained with another base: a service wants one. */
    private static Path adapterOf(Path base) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("adapter-of-merged"));
        for (String file : List.of("meta.safetensors", "adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(adapter.resolve(file), copy.resolve(file));
        }
        Map<String, Object> manifest = new LinkedHashMap<>(Json.readObject(adapter.resolve("perk4j.json")));
        manifest.put("baseFingerprint", Fingerprint.of(base.resolve("model.safetensors")));
        Files.writeString(copy.resolve("perk4j.json"), Json.write(manifest));
        return copy;
    }

    /** Without --adapter, the one of that base is found, wherever it is installed. */
    @Test
    void theAdapterOfABaseIsFound() throws Exception {
        Path data = folder.resolve("data");
        Path home = folder.resolve("home");
        Map<String, String> environment = Map.of("XDG_DATA_HOME", data.toString());
        String[] encode = {"encode", text().toString(), "--base", BASE.toString(), "--force", "-o"};
        Perk none = Perk.run(Perk.INSTALLATION, environment, with(encode, folder.resolve("none")));
        assertEquals(1, none.exitCode(), none.err());
        assertTrue(none.err().contains("no adapter for this base is installed: train one by 'perk train JOB'")
                && none.err().contains(data.resolve("perk4j/adapters").toString()), none.err());
        assertFalse(Files.exists(folder.resolve("none")));

        copy(Files.createDirectories(data.resolve("perk4j/adapters/mine")));
        Perk ofUser = Perk.run(Perk.INSTALLATION, environment, with(encode, folder.resolve("of-user")));
        assertEquals(0, ofUser.exitCode(), ofUser.err());
        copy(Files.createDirectories(Perk.copy(home).resolve("adapters/shipped")));
        Perk shipped = Perk.run(home, Map.of("XDG_DATA_HOME", folder.resolve("empty").toString()),
                with(encode, folder.resolve("shipped")));
        assertEquals(0, shipped.exitCode(), shipped.err());
        for (String written : List.of("of-user", "shipped")) {
            assertEquals(-1, Files.mismatch(memory.resolve("adapter_model.safetensors"),
                    folder.resolve(written).resolve("adapter_model.safetensors")), written);
        }
        Perk quickstart = Perk.run("encode", text().toString(), "--base",
                Perk.INSTALLATION.resolve("quickstart/base").toString(), "--force", "-o", folder.resolve("q").toString());
        assertEquals(0, quickstart.exitCode(), quickstart.err());
    }

    /** As with a model that is known by its name: the text is shown, encoded, and asked about. */
    @Test
    void theQuickstartShowsATextOfTheUsers() throws Exception {
        Path home = Perk.copy(folder.resolve("demo"));
        copy(Files.createDirectories(home.resolve("adapters/shipped")));
        Path out = folder.resolve("quickstart");
        String[] quickstart = {"quickstart", "--model", BASE.toString(), "--json", "-o", out.toString()};
        Perk own = Perk.fed(home, List.of(QUESTION, "", "not read"), with(quickstart, "--text", text().toString()));
        assertEquals(0, own.exitCode(), own.err());
        assertTrue(own.err().contains("  Mary went to the kitchen. John took the apple.\n"), own.err());
        Map<?, ?> answer = (Map<?, ?>) answers(own).get(0);
        assertEquals(1, answers(own).size());
        assertEquals(QUESTION, answer.get("question"));
        assertEquals(Json.parseObject(run("ask", out.resolve("memory").toString(), QUESTION, "--json").lastLine())
                .get("answer").toString().strip(), answer.get("answer"));

        Perk story = Perk.run(home, quickstart);
        assertEquals(0, story.exitCode(), story.err());
        assertEquals(6, answers(story).size());
        assertTrue(Files.readString(out.resolve("story.txt")).contains("Her dog is called Biscuit."));
        assertTrue(story.err().contains("What is the dog called?") && story.err().contains("(wrong: Biscuit)"), story.err());

        Perk without = Perk.run("quickstart", "--text", text().toString());
        assertEquals(1, without.exitCode());
        assertTrue(without.err().contains("--text needs --model"), without.err());
    }

    private static List<?> answers(Perk quickstart) throws IOException {
        return (List<?>) Json.parseObject(quickstart.lastLine()).get("answers");
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static String[] with(String[] arguments, Path last) {
        return with(arguments, last.toString());
    }

    private static void copy(Path target) throws IOException {
        for (String file : List.of("perk4j.json", "meta.safetensors", "adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(adapter.resolve(file), target.resolve(file));
        }
    }
}
