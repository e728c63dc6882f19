package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;

/** What training leaves behind, at work. */
class MemoryTest {

    private static final Decoding DECODING = new Decoding(8, 1, 1, 3);
    private static final Memory.Provenance PROVENANCE = new Memory.Provenance("test", "00", 20, List.of(0, 1, 2), Instant.EPOCH);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void train() throws IOException {
        pretrain("base", 1);
        pretrain("other", 2);
        SmallRun.run("train", Files.writeString(folder.resolve("train.json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 2, "initB": 0.3}, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": 2, "learningRate": 1},
                 "stages": [{"steps": 1, "task": {"type": "student-records", "records": 2, "questions": 1}}],
                 "validation": {"episodes": 1, "answers": 0}, "output": "%s"}
                """.formatted(folder.resolve("base"), folder.resolve("adapter"))), false);
    }

    private static void pretrain(String name, int seed) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "Some words. ".repeat(50));
        SmallRun.run("pretrain", Files.writeString(folder.resolve(name + ".json"), """
                {"model": {"type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 300,
                           "initializer_range": 0.3},
                 "tokenizer": "%s", "backend": "java", "tokensPerStep": 100,
                 "stages": [{"steps": 1, "sources": [{"files": ["%s"]}]}],
                 "validation": {"episodes": 1}, "output": "%s", "seed": %d}
                """.formatted(folder, text, folder.resolve(name), seed)), false);
    }

    @Test
    void aRecalledMemoryAnswersLikeTheOneJustWritten() throws IOException {
        Memory memory;
        List<String> written;
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            MemoryModel.Writer writer = model.writer(TrainedAdapter.open(folder.resolve("adapter")));
            Parameters values = writer.encode(documents(model), passes -> { });
            memory = writer.memory(values, PROVENANCE);
            written = model.complete(prompts(model), writer.adaptation(values), DECODING);
            assertNotEquals(written, model.complete(prompts(model), Adaptation.NONE, DECODING));
        }
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            assertEquals(written, model.complete(prompts(model), model.recall(memory), DECODING));
        }
    }

    @Test
    void anotherBaseIsRefused() throws IOException {
        Memory memory;
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            MemoryModel.Writer writer = model.writer(TrainedAdapter.open(folder.resolve("adapter")));
            memory = writer.memory(writer.encode(documents(model), passes -> { }), PROVENANCE);
        }
        try (MemoryModel model = open("other")) {
            assertMentions("another base model", assertThrows(IOException.class, () -> model.recall(memory)));
            TrainedAdapter trained = TrainedAdapter.open(folder.resolve("adapter"));
            assertMentions("another base model", assertThrows(IOException.class, () -> model.writer(trained)));
        }
    }

    @Test
    void aMemoryThatLacksATensorIsRefused() throws IOException {
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            MemoryModel.Writer writer = model.writer(TrainedAdapter.open(folder.resolve("adapter")));
            Memory whole = writer.memory(writer.encode(documents(model), passes -> { }), PROVENANCE);
            Memory empty = new Memory(whole.adapterType(), whole.options(), whole.configuration(), whole.baseFingerprint(),
                    whole.provenance(), Map.of());
            assertMentions("holds 0 tensors", assertThrows(IOException.class, () -> model.recall(empty)));
        }
    }

    @Test
    void thePeftFilesAreThere() throws IOException {
        String configuration = Files.readString(folder.resolve("adapter/adapter_config.json"));
        assertTrue(configuration.contains("\"peft_type\": \"LORA\""), configuration);
        assertTrue(Files.size(folder.resolve("adapter/adapter_model.safetensors")) > 1_000);
    }

    private static MemoryModel open(String base) throws IOException {
        SmallPlugins plugins = new SmallPlugins();
        return MemoryModel.open(BaseModel.open(folder.resolve(base), plugins), PluginChoice.of("java", Map.of()), plugins,
                new ReverseMode());
    }

    private static List<EncodedText> documents(MemoryModel model) {
        return encoder(model).documents(List.of("Ann has a cat.", "Bob has a dog."));
    }

    private static List<int[]> prompts(MemoryModel model) {
        return List.of(encoder(model).question(2, "Who has a dog?"), encoder(model).question(2, "Who?"));
    }

    private static EpisodeEncoder encoder(MemoryModel model) {
        return model.base().encoder(new Prompts(false));
    }

    private static void assertMentions(String part, Exception thrown) {
        assertTrue(thrown.getMessage().contains(part), thrown.getMessage());
    }
}
