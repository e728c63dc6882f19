package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.formats.SafetensorsEntry.Stored;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Generator;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Segmentation;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.inference.Unit;
import org.perk4j.inference.WeightType;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** What training leaves behind, at work. */
class MemoryTest {

    private static final Decoding DECODING = new Decoding(8, 1, 1, 3);
    private static final Memory.Provenance PROVENANCE = new Memory.Provenance("test", "00", 20, List.of(0, 1, 2),
            Instant.EPOCH);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void train() throws IOException {
        pretrain("base", 1);
        pretrain("other", 2);
        SmallRun.adapter(folder, folder.resolve("base"), 2, 1);
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
            Encoding values = writer.encode(documents(model), passes -> { });
            memory = writer.memory(values, PROVENANCE);
            written = complete(model, writer.adaptation(values));
            assertNotEquals(written, complete(model, Adaptation.NONE));
        }
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            assertEquals(written, complete(model, model.recall(memory)));
        }
    }

    private static List<String> complete(MemoryModel model, Adaptation adaptation) {
        BaseModel base = model.base();
        return new Generator(model.compute(), base.model(), model.weights(), base.tokenizer().endsOfAnswer())
                .generate(prompts(model), adaptation, DECODING).stream().map(base.tokenizer()::decode).toList();
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

    /** What a backend gets of weights that are stored, or wanted, in bfloat16. */
    @Test
    void weightsInBfloat16AreHandedOnAsTheyAre() throws IOException {
        Path narrow = Files.createDirectories(folder.resolve("narrow"));
        Files.copy(folder.resolve("base/config.json"), narrow.resolve("config.json"));
        try (BaseModel base = BaseModel.open(folder.resolve("base"), new SmallPlugins())) {
            List<float[]> values = base.weights();
            List<SafetensorsEntry> entries = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                ParameterSpec parameter = base.model().parameters().get(i);
                float[] value = values.get(i);
                boolean matrix = parameter.shape().rows() > 1;
                entries.add(new SafetensorsEntry(parameter.name(), matrix ? new int[] {parameter.shape().rows(),
                        parameter.shape().columns()} : new int[] {value.length}, matrix ? Stored.BF16 : Stored.F32,
                        () -> FloatBuffer.wrap(value)));
            }
            Safetensors.write(narrow.resolve("model.safetensors"), Map.of(), entries);
            try (BaseModel rounded = BaseModel.open(narrow, new SmallPlugins())) {
                List<String> stored = new ArrayList<>();
                List<double[]> expected = rounded.weights().stream().map(MemoryTest::doubles).toList();
                assertSame(expected, uploaded(rounded, WeightType.STORED, stored));
                List<String> wanted = new ArrayList<>();
                assertSame(expected, uploaded(base, WeightType.BFLOAT16, wanted));
                assertEquals(stored, wanted);
                long matrices = base.model().parameters().stream().filter(p -> p.shape().rows() > 1).count();
                assertEquals(matrices, stored.stream().filter("uploadBfloat16"::equals).count());
                List<String> plain = new ArrayList<>();
                assertSame(values.stream().map(MemoryTest::doubles).toList(), uploaded(base, WeightType.STORED, plain));
                assertEquals(Collections.nCopies(values.size(), "upload"), plain);
            }
        }
    }

    /** @param calls gets the names of the methods by which each is uploaded */
    private static List<double[]> uploaded(BaseModel base, WeightType type, List<String> calls) throws IOException {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Compute watched = (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(),
                    new Class<?>[] {Compute.class}, (proxy, method, arguments) -> {
                        calls.add(method.getName());
                        return method.invoke(compute, arguments);
                    });
            return base.upload(watched, type).tensors().stream().map(compute::download).toList();
        }
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static void assertSame(List<double[]> expected, List<double[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "weight " + i);
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
    void whatIsNotFiniteIsNotReadWith() throws IOException {
        try (MemoryModel model = open("base"); Scope scope = model.compute().scope()) {
            MemoryModel.Writer writer = model.writer(TrainedAdapter.open(folder.resolve("adapter")));
            Encoding sound = writer.encode(documents(model), passes -> { });
            List<Tensor> values = new ArrayList<>(sound.adapter().tensors());
            values.set(1, model.compute().fill(values.get(1).shape(), Double.NaN));
            Encoding broken = new Encoding(sound.adapter().with(values), List.of(3.0, Double.NaN));
            assertMentions("not finite after step 1",
                    assertThrows(NotFiniteException.class, () -> writer.adaptation(broken)));
            Memory memory = writer.memory(broken, PROVENANCE);
            assertMentions(sound.adapter().names().get(1),
                    assertThrows(NotFiniteException.class, () -> model.recall(memory)));
        }
    }

    @Test
    void theAdapterSaysWhatSegmentsItsTrainingHad() throws IOException {
        Segmentation segments = TrainedAdapter.open(folder.resolve("adapter")).manifest().segments();
        assertEquals(Unit.LINE, segments.unit());
        assertTrue(segments.typical() > 80 && segments.longest() >= segments.typical(), segments::toString);
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
        return encoder(model).documents(encoder(model).segments(List.of("Ann has a cat.", "Bob has a dog.")));
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
