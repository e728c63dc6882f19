package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.inference.BaseModel;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugins;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

/** A model's config.json says what reads its tokenizer, and how. */
class TokenizerChoiceTest {

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void pretrain() throws IOException {
        model = folder.resolve("model");
        Files.writeString(folder.resolve("letters.txt"), "abc");
        Files.writeString(folder.resolve("text.txt"), "Some words. ".repeat(100));
        Path job = Files.writeString(folder.resolve("job.json"), """
                {"model": {"type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64}, "tokenizer": "%1$s",
                 "tokenizerFormat": {"type": "letters", "upperCase": true}, "backend": "java",
                 "stages": [{"steps": 1, "sources": [{"files": ["%1$s/text.txt"]}]}], "validation": {"episodes": 1},
                 "output": "%2$s"}
                """.formatted(folder, model));
        new LanguageTraining(new WithLetters(), new ReverseMode()).run(Options.read(job, PretrainJob.class), false,
                Progress.NONE, () -> false);
    }

    @Test
    void aModelFromScratchTakesItsFilesAndItsOptionsAlong() throws IOException {
        assertEquals(Map.of("type", "letters", "upperCase", true),
                Json.readObject(model.resolve("config.json")).get("perk4j_tokenizer"));
        assertEquals("abc", Files.readString(model.resolve("letters.txt")));
        try (BaseModel opened = BaseModel.open(model, new WithLetters())) {
            assertEquals("ABC", opened.tokenizer().decode(opened.tokenizer().encode("abc")));
        }
    }

    @Test
    void itsOptionsAreCheckedAndTheFileIsNamed() throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("upperCase", "uperCase"));
        assertEquals(config + ": perk4j_tokenizer.uperCase: unknown key: did you mean \"upperCase\"?",
                assertThrows(IOException.class, () -> BaseModel.open(model, new WithLetters())).getMessage());
        Files.writeString(config, Files.readString(config).replace("\"type\"", "\"kind\""));
        String message = assertThrows(IOException.class, () -> BaseModel.open(model, new WithLetters())).getMessage();
        assertTrue(message.startsWith(config + ": perk4j_tokenizer: the key \"type\" is missing"), message);
    }

    /** The options of {@link Letters}. */
    record LettersOptions(@Option(help = "whether all letters are large ones", value = "false") boolean upperCase) {
    }

    /** Bytes, in a folder that must have a certain file. */
    private static final class Letters implements TokenizerFormat<LettersOptions> {

        @Override
        public Class<LettersOptions> options() {
            return LettersOptions.class;
        }

        @Override
        public Tokenizer open(Path folder, LettersOptions options) throws IOException {
            Files.readString(folder.resolve("letters.txt"));
            return !options.upperCase() ? new ByteTokenizer() : new ForwardingTokenizer(new ByteTokenizer()) {
                @Override
                public int[] encode(String text) {
                    return super.encode(text.toUpperCase(Locale.ROOT));
                }
            };
        }

        @Override
        public List<String> files() {
            return List.of("letters.txt", "not-there.txt");
        }
    }

    private static final class WithLetters implements Plugins {

        private final Plugins others = new SmallPlugins();

        @Override
        public <T> Lease<T> lease(Class<T> kind, String type) {
            return !type.equals("letters") ? others.lease(kind, type) : new Lease<>() {

                @Override
                public T get() {
                    return kind.cast(new Letters());
                }

                @Override
                public String bundle() {
                    return "test";
                }

                @Override
                public void close() {
                }
            };
        }

        @Override
        public List<String> types(Class<?> kind) {
            return others.types(kind);
        }
    }
}
