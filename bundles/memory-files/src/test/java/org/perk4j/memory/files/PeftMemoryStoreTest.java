package org.perk4j.memory.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.formats.Json;
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
        write(folder, memory, false);
        assertEquals(memory, store.read(folder));
    }

    static IntStream seeds() {
        return IntStream.range(0, 10);
    }

    /** As memories were written before: their plugin isn't known, and they are as good as ever. */
    @Test
    void whatDoesNotSayItsPluginIsRead() throws IOException {
        Path folder = parent.resolve("memory");
        write(folder, memory(1), false);
        Path file = folder.resolve("perk4j.json");
        Map<String, Object> content = Json.readObject(file);
        assertEquals("org.perk4j.adapter.lora 0.2.0", ((Map<?, ?>) content.get("provenance")).remove("plugin"));
        content.put(Manifest.SEAL, Manifest.seal(content));
        Files.writeString(file, Json.write(content));
        assertEquals("", store.read(folder).provenance().plugin());
    }

    @Test
    void anotherMemoryIsReplacedOnlyOnRequest() throws IOException {
        Path folder = parent.resolve("memory");
        write(folder, memory(1), false);
        assertThrows(FileAlreadyExistsException.class, () -> write(folder, memory(2), false));
        assertEquals(memory(1), store.read(folder));
        write(folder, memory(2), true);
        assertEquals(memory(2), store.read(folder));
    }

    @Test
    void whatIsNotAMemoryIsNeverReplaced() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        assertThrows(FileAlreadyExistsException.class, () -> write(file, memory(1), true));

        Path folder = Files.createDirectory(parent.resolve("folder"));
        Files.writeString(folder.resolve("thesis.txt"), "years of work");
        assertThrows(FileAlreadyExistsException.class, () -> write(folder, memory(1), true));

        Path memory = parent.resolve("memory");
        write(memory, memory(1), false);
        Files.writeString(memory.resolve("notes.txt"), "");
        assertThrows(FileAlreadyExistsException.class, () -> write(memory, memory(2), true));
        assertTrue(Files.exists(memory.resolve("notes.txt")));
    }

    @Test
    void nothingIsLeftOfAMemoryThatCouldNotBeWritten() {
        Memory broken = new Memory("lora", Map.of(), Map.of(), "no fingerprint", memory(1).provenance(),
                memory(1).tensors());
        assertThrows(IllegalArgumentException.class, () -> write(parent.resolve("memory"), broken, false));
        assertEquals(0, parent.toFile().list().length);
    }

    @Test
    void whatIsInTheFolderAfterwards() throws IOException {
        Path folder = parent.resolve("memory");
        for (int i = 0; i < 2; i++) {
            write(folder, memory(i), true);
            assertArrayEquals(new String[] {"adapter_config.json", "adapter_model.safetensors", "perk4j.json"},
                    names(folder));
            assertArrayEquals(new String[] {"memory"}, names(parent));
        }
    }

    /** Memories of private texts. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aMemoryIsItsOwnersAlone() throws IOException {
        Path folder = parent.resolve("memory");
        for (int i = 0; i < 2; i++) {
            write(folder, memory(i), true);
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
            for (String file : names(folder)) {
                assertEquals("rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))));
            }
        }
    }

    @Test
    void aFolderOfTheUsersWithANameLikeOursStays() throws IOException {
        Path folder = parent.resolve("memory");
        Path theirs = Files.createDirectory(parent.resolve(".memory.replaced"));
        Files.writeString(theirs.resolve("thesis.txt"), "years of work");
        write(folder, memory(1), false);
        assertEquals(memory(1), store.read(folder));
        write(folder, memory(2), true);
        assertEquals("years of work", Files.readString(theirs.resolve("thesis.txt")));
    }

    /** Each point at which a writer that replaces 1 by 2 may be killed. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aKilledWriterLeavesTheOldMemoryOrTheNew(int moved) throws IOException {
        Path folder = parent.resolve("memory");
        write(folder, memory(1), false);
        Path other = parent.resolve("other");
        write(other, memory(2), false);
        Path version = folder.resolve(".perk4j-" + Json.readObject(other.resolve("perk4j.json")).get("version"));
        Files.move(other, version);
        List<String> order = List.of("perk4j.json", "adapter_config.json", "adapter_model.safetensors");
        for (String file : order.subList(0, moved)) {
            Files.move(version.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> before = tree(folder);
        assertEquals(memory(moved == 0 ? 1 : 2), store.read(folder));
        assertEquals(before, tree(folder), "readers don't write");
        write(folder, memory(3), true);
        assertEquals(memory(3), store.read(folder));
        assertArrayEquals(new String[] {"adapter_config.json", "adapter_model.safetensors", "perk4j.json"}, names(folder));
    }

    /** No read fails, none finds a mixture, and no write fails. */
    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void readersAndAWriterAtOnce() throws Exception {
        Path folder = parent.resolve("memory");
        List<Memory> written = List.of(memory(0), memory(1), memory(2));
        write(folder, written.get(0), false);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(threads.submit(() -> {
                    int reads = 0;
                    while (!done.get()) {
                        assertTrue(written.contains(store.read(folder)));
                        reads++;
                    }
                    return reads;
                }));
            }
            try (MemoryStore.Place place = store.reserve(folder, true)) {
                for (int i = 1; i <= 300; i++) {
                    place.write(written.get(i % 3));
                }
            }
            done.set(true);
            for (Future<Integer> reader : readers) {
                assertTrue(reader.get() > 10, "reads enough to meet a write");
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void twoWritersAtOnceAreRefused() throws IOException {
        Path folder = parent.resolve("memory");
        try (MemoryStore.Place place = store.reserve(folder, false)) {
            String message = assertThrows(IOException.class, () -> store.reserve(folder, false)).getMessage();
            assertTrue(message.startsWith(folder + ": is being written by "), message);
            place.write(memory(1));
        }
        write(folder, memory(2), true);
        assertEquals(memory(2), store.read(folder));
    }

    private void write(Path folder, Memory memory, boolean replace) throws IOException {
        try (MemoryStore.Place place = store.reserve(folder, replace)) {
            place.write(memory);
        }
    }

    private static String[] names(Path folder) {
        return Stream.of(folder.toFile().list()).sorted().toArray(String[]::new);
    }

    private static List<String> tree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(Path::toString).sorted().toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damageIsNamed(String expected, Damage damage) throws IOException {
        Path folder = parent.resolve("memory");
        write(folder, memory(1), false);
        damage.to(folder);
        String message = assertThrows(IOException.class, () -> store.read(folder)).getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(expected) && !message.contains("\n"), message);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("it holds no perk4j.json", f -> {
                    Files.delete(f.resolve("perk4j.json"));
                    Files.delete(f.resolve("adapter_config.json"));
                }),
                damage("adapter_config.json: was changed since the memory was written: encode",
                        f -> edit(f.resolve("adapter_config.json"), "\"lora_alpha\": 16.5", "\"lora_alpha\": 33")),
                damage("perk4j.json: was changed since the memory was written: encode",
                        f -> edit(f, "\"rank\": 4", "\"rank\": 3")),
                damage("of a trained adapter, not of a memory",
                        f -> Files.writeString(f.resolve("perk4j.json"), "{\"objective\": \"perk\"}")),
                damage("it holds no adapter_config.json", f -> Files.delete(f.resolve("adapter_config.json"))),
                damage("it holds no adapter_model.safetensors", f -> Files.delete(f.resolve("adapter_model.safetensors"))),
                damage("did you mean \"adapter\"?", f -> edit(f, "\"adapter\"", "\"adaptor\"")),
                damage("format 1 is unknown, only 2 is known", f -> edit(f, "\"format\": 2", "\"format\": 1")),
                damage("baseFingerprint must be a SHA-256",
                        f -> edit(f, "\"baseFingerprint\": \"0", "\"baseFingerprint\": \"")),
                damage("encodedAt must be a time", f -> edit(f, "2026-", "in 2026 ")),
                damage("spans must not decrease", f -> edit(f, "\n      2100", "\n      7")),
                damage("missing: \"" + PREFIX + "B.weight\": encode", f -> tensors(f, Map.of("A", new int[] {2, 3}))),
                damage("unexpected: \"" + PREFIX + "C.weight\": encode",
                        f -> tensors(f, Map.of("A", new int[] {2, 3}, "B", new int[] {4, 2}, "C", new int[] {1}))),
                damage("has the dimensions [3, 2], not [2, 3]",
                        f -> tensors(f, Map.of("A", new int[] {3, 2}, "B", new int[] {4, 2}))),
                damage("adapter_model.safetensors: was changed since the memory was written",
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
                Instant.parse("2026-01-31T12:00:00.123456Z"), List.of(3.25, 1.125), "org.perk4j.adapter.lora 0.2.0");
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

    private static void edit(Path place, String from, String to) throws IOException {
        Path file = Files.isDirectory(place) ? place.resolve("perk4j.json") : place;
        String text = Files.readString(file);
        assertTrue(text.contains(from), text);
        Files.writeString(file, text.replace(from, to));
    }

    private static void tensors(Path folder, Map<String, int[]> dimensions) throws IOException {
        List<SafetensorsEntry> entries = dimensions.entrySet().stream()
                .map(entry -> new SafetensorsEntry(PREFIX + entry.getKey() + ".weight", entry.getValue(),
                        () -> FloatBuffer.allocate(IntStream.of(entry.getValue()).reduce(1, (a, b) -> a * b))))
                .toList();
        Safetensors.write(folder.resolve("adapter_model.safetensors"), Map.of("format", "pt"), entries);
    }
}
