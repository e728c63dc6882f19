package org.perk4j.memory.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.memory.Memory.Provenance;
import org.perk4j.memory.MemoryStore;
import org.perk4j.tensor.Shape;

class PeftMemoryStoreTest {

    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final String PREFIX = "base_model.model.transformer.h.0.attn.c_attn.lora_";

    private final MemoryStore store = new PeftMemoryStore();

    @TempDir
    private Path parent;

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsRead(int seed) throws IOException {
        Memory memory = memory(seed);
        Path folder = parent.resolve("deep/memory");
        store.write(folder, memory, false);
        assertEquals(memory, store.read(folder));
    }

    static IntStream seeds() {
        return IntStream.range(0, 10);
    }

    @Test
    void anotherMemoryIsReplacedOnlyOnRequest() throws IOException {
        Path folder = parent.resolve("memory");
        store.write(folder, memory(1), false);
        assertThrows(FileAlreadyExistsException.class, () -> store.write(folder, memory(2), false));
        assertEquals(memory(1), store.read(folder));
        store.write(folder, memory(2), true);
        assertEquals(memory(2), store.read(folder));
    }

    @Test
    void whatIsNotAMemoryIsNeverReplaced() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        assertThrows(FileAlreadyExistsException.class, () -> store.write(file, memory(1), true));

        Path folder = Files.createDirectory(parent.resolve("folder"));
        Files.writeString(folder.resolve("thesis.txt"), "years of work");
        assertThrows(FileAlreadyExistsException.class, () -> store.write(folder, memory(1), true));

        Path memory = parent.resolve("memory");
        store.write(memory, memory(1), false);
        Files.writeString(memory.resolve("notes.txt"), "");
        assertThrows(FileAlreadyExistsException.class, () -> store.write(memory, memory(2), true));
        assertTrue(Files.exists(memory.resolve("notes.txt")));
    }

    @Test
    void nothingIsLeftOfAMemoryThatCouldNotBeWritten() {
        Memory broken = new Memory("lora", Map.of(), Map.of(), "no fingerprint", memory(1).provenance(), memory(1).tensors());
        assertThrows(IllegalArgumentException.class, () -> store.write(parent.resolve("memory"), broken, false));
        assertEquals(0, parent.toFile().list().length);
    }

    @Test
    void aMemoryThatACrashLeftAsideIsFound() throws IOException {
        Path folder = parent.resolve("memory");
        store.write(folder, memory(1), false);
        Files.move(folder, parent.resolve(".memory.replaced"));
        assertEquals(memory(1), store.read(folder));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damageIsNamed(String expected, Damage damage) throws IOException {
        Path folder = parent.resolve("memory");
        store.write(folder, memory(1), false);
        damage.to(folder);
        String message = assertThrows(IOException.class, () -> store.read(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(expected) && !message.contains("\n"), message);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("it holds no perk4j.json", f -> Files.delete(f.resolve("perk4j.json"))),
                damage("it holds no adapter_config.json", f -> Files.delete(f.resolve("adapter_config.json"))),
                damage("it holds no adapter_model.safetensors", f -> Files.delete(f.resolve("adapter_model.safetensors"))),
                damage("did you mean \"adapter\"?", f -> edit(f, "\"adapter\"", "\"adaptor\"")),
                damage("format 2 is not known here", f -> edit(f, "\"format\": 1", "\"format\": 2")),
                damage("baseFingerprint must be a SHA-256", f -> edit(f, "\"baseFingerprint\": \"0", "\"baseFingerprint\": \"")),
                damage("encodedAt must be a time", f -> edit(f, "2026-", "in 2026 ")),
                damage("spans must not go back", f -> edit(f, "\n      2100", "\n      7")),
                damage("missing: \"" + PREFIX + "B.weight\": encode", f -> tensors(f, Map.of("A", new int[] {2, 3}))),
                damage("not expected: \"" + PREFIX + "C.weight\": encode",
                        f -> tensors(f, Map.of("A", new int[] {2, 3}, "B", new int[] {4, 2}, "C", new int[] {1}))),
                damage("has the dimensions [3, 2], not [2, 3]",
                        f -> tensors(f, Map.of("A", new int[] {3, 2}, "B", new int[] {4, 2}))),
                damage("was changed since it was encoded",
                        f -> tensors(f, Map.of("A", new int[] {2, 3}, "B", new int[] {4, 2}))));
    }

    @Test
    void aMemoryThatIsNotThereIsNamed() {
        String message = assertThrows(IOException.class, () -> store.read(parent.resolve("none"))).getMessage();
        assertEquals(parent.resolve("none") + ": there is no such memory: check the name", message);
    }

    private static Memory memory(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Matrix> tensors = new LinkedHashMap<>();
        tensors.put(PREFIX + "A.weight", matrix(random, new Shape(2, 3)));
        tensors.put(PREFIX + "B.weight", matrix(random, new Shape(4, 2)));
        Map<String, Object> configuration = Map.of("peft_type", "LORA", "r", 2.0, "lora_alpha", 16.5, "use_rslora", true,
                "target_modules", List.of("c_attn"));
        Provenance provenance = new Provenance("report \"ü\".txt", SHA, 512, List.of(0, 1000, 2100),
                Instant.parse("2026-01-31T12:00:00.123456Z"));
        return new Memory("lora", Map.of("rank", 4.0), configuration, SHA, provenance, tensors);
    }

    private static Matrix matrix(SplittableRandom random, Shape shape) {
        FloatBuffer elements = FloatBuffer.allocate((int) shape.size());
        while (elements.hasRemaining()) {
            elements.put((float) random.nextDouble());
        }
        return new Matrix(shape, elements.flip().asReadOnlyBuffer());
    }

    private interface Damage {

        void to(Path folder) throws IOException;
    }

    private static Arguments damage(String expected, Damage damage) {
        return Arguments.of(expected, damage);
    }

    private static void edit(Path folder, String from, String to) throws IOException {
        Path manifest = folder.resolve("perk4j.json");
        String text = Files.readString(manifest);
        assertTrue(text.contains(from), text);
        Files.writeString(manifest, text.replace(from, to));
    }

    private static void tensors(Path folder, Map<String, int[]> dimensions) throws IOException {
        List<SafetensorsEntry> entries = dimensions.entrySet().stream()
                .map(entry -> new SafetensorsEntry(PREFIX + entry.getKey() + ".weight", entry.getValue(),
                        () -> FloatBuffer.allocate(IntStream.of(entry.getValue()).reduce(1, (a, b) -> a * b))))
                .toList();
        Safetensors.write(folder.resolve("adapter_model.safetensors"), Map.of("format", "pt"), entries);
    }
}
