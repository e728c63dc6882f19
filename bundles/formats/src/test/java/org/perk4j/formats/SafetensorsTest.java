package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.perk4j.formats.SafetensorsEntry.Stored;

class SafetensorsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsRead(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<SafetensorsEntry> entries = new ArrayList<>();
        List<float[]> elements = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            int[] dimensions = random.ints(random.nextInt(4), 0, 60).toArray();
            float[] values = new float[IntStream.of(dimensions).reduce(1, (a, b) -> a * b)];
            for (int j = 0; j < values.length; j++) {
                values[j] = Floats.fromHalf((short) (random.nextInt(0x7c00) & ~7)); // so that each type holds it exactly
            }
            Stored stored = Stored.values()[random.nextInt(3)];
            entries.add(new SafetensorsEntry("tensor \"" + i + "\" ü", dimensions, stored, () -> FloatBuffer.wrap(values)));
            elements.add(values);
        }
        Path file = folder.resolve("model.safetensors");

        Safetensors.write(file, Map.of("format", "pt"), entries);

        try (Safetensors read = Safetensors.open(file)) {
            assertEquals(entries.size(), read.names().size());
            assertEquals(Map.of("format", "pt"), read.metadata());
            for (int i = 0; i < entries.size(); i++) {
                SafetensorsEntry entry = entries.get(i);
                assertArrayEquals(entry.dimensions(), read.dimensions(entry.name()));
                assertEquals(entry.stored().name(), read.dtype(entry.name()));
                assertArrayEquals(elements.get(i), read.read(entry.name()));
            }
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    @Test
    void everyFloatingPointTypeBecomesFloats() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(32).order(TensorFiles.ORDER)
                .putDouble(Math.PI).putDouble(-0.0)
                .putFloat(1.5f).putFloat(Float.MIN_VALUE)
                .putShort((short) 0x3f80).putShort((short) 0xc040)
                .putShort((short) 0x3c00).putShort((short) 0x0001);
        Path file = file("{\"d\":" + tensor("F64", "2", 0, 16) + ",\"f\":" + tensor("F32", "2", 16, 24)
                + ",\"b\":" + tensor("BF16", "2", 24, 28) + ",\"h\":" + tensor("F16", "2", 28, 32) + "}", data.array());
        try (Safetensors read = Safetensors.open(file)) {
            assertEquals(List.of("d", "f", "b", "h"), List.copyOf(read.names()));
            assertArrayEquals(new float[] {(float) Math.PI, -0f}, read.read("d"));
            assertArrayEquals(new float[] {1.5f, Float.MIN_VALUE}, read.read("f"));
            assertArrayEquals(new float[] {1, -3}, read.read("b"));
            assertArrayEquals(new short[] {0x3f80, (short) 0xc040}, read.readBfloat16("b"));
            assertArrayEquals(new short[] {0x4049, (short) 0x8000}, read.readBfloat16("d"));
            assertArrayEquals(new short[] {0x3f80, 0x3380}, read.readBfloat16("h"));
            assertArrayEquals(new float[] {1, 0x1p-24f}, read.read("h"));
        }
    }

    @Test
    void namesComeInTheOrderOfTheData() throws IOException {
        Path file = file("{\"b\":" + tensor("U8", "4", 4, 8) + ",\"a\":" + tensor("U8", "4", 0, 4) + "}", new byte[8]);
        try (Safetensors read = Safetensors.open(file)) {
            assertEquals(List.of("a", "b"), List.copyOf(read.names()));
        }
    }

    @Test
    void tensorsBeyondTwoGibibytesAreReached() throws IOException {
        long start = 5L << 30;
        Path file = file("{\"large\":" + tensor("U8", "5,1073741824", 0, start) + ",\"behind\":"
                + tensor("F32", "1", start, start + 4) + "}", new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.seek(sparse.length() + start);
            sparse.write(ByteBuffer.allocate(4).order(TensorFiles.ORDER).putFloat(42).array());
        }
        try (Safetensors read = Safetensors.open(file)) {
            assertArrayEquals(new float[] {42}, read.read("behind"));
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithTheNearest() throws IOException {
        Path file = file("{\"wte.weight\":" + tensor("F32", "1", 0, 4) + "}", new byte[4]);
        try (Safetensors read = Safetensors.open(file)) {
            String message = assertThrows(IllegalArgumentException.class, () -> read.read("wpe.weight")).getMessage();
            assertTrue(message.contains("did you mean \"wte.weight\"?"), message);
            assertThrows(IllegalArgumentException.class, () -> read.read("wte.weight", FloatBuffer.allocate(0)));
        }
    }

    @Test
    void integersAreNotReadAsFloats() throws IOException {
        Path file = file("{\"mask\":" + tensor("BOOL", "4", 0, 4) + "}", new byte[4]);
        try (Safetensors read = Safetensors.open(file)) {
            assertThrows(FileFormatException.class, () -> read.read("mask"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damageIsNamed(String expected, String header, int dataBytes) throws IOException {
        Path file = file(header, new byte[dataBytes]);
        String message = assertThrows(FileFormatException.class, () -> Safetensors.open(file)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(expected) && !message.contains("\n"), message);
    }

    static Stream<Arguments> damages() {
        String sound = tensor("F32", "2,3", 0, 24);
        return Stream.of(
                Arguments.of("does not start with {", "", 0),
                Arguments.of("does not start with {", " {}", 0),
                Arguments.of("not valid JSON", "{\"a\":", 0),
                Arguments.of("not valid JSON", "{'a':1}", 0),
                Arguments.of("not valid JSON", "{\"a\":[]}", 0),
                Arguments.of("not valid JSON", "{\"a\":" + sound + ",}", 24),
                Arguments.of("not valid JSON", "{/*c*/\"a\":" + sound + "}", 24),
                Arguments.of("whole number", "{\"a\":" + tensor("F32", "[2]", 0, 8) + "}", 8),
                Arguments.of("not valid JSON", "{}{}", 0),
                Arguments.of("\"a\": occurs twice", "{\"a\":" + sound + ",\"a\":" + sound + "}", 24),
                Arguments.of("__metadata__ occurs twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0),
                Arguments.of("\"k\" is not a string", "{\"__metadata__\":{\"k\":1}}", 0),
                Arguments.of("\"k\" occurs twice", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0),
                Arguments.of("\"dtype\" is unknown or occurs twice",
                        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4),
                Arguments.of("\"stride\" is unknown", "{\"a\":{\"stride\":1}}", 0),
                Arguments.of("is missing", "{\"a\":{\"dtype\":\"F32\"}}", 0),
                Arguments.of("tensor \"a\": the dtype \"F33\" is unknown", "{\"a\":" + tensor("F33", "2,3", 0, 24) + "}",
                        24),
                Arguments.of("whole number", "{\"a\":" + tensor("F32", "-2,-3", 0, 24) + "}", 24),
                Arguments.of("whole number", "{\"a\":" + tensor("F32", "2.0,3", 0, 24) + "}", 24),
                Arguments.of("whole number", "{\"a\":" + tensor("F32", "\"2\",3", 0, 24) + "}", 24),
                Arguments.of("whole number", "{\"a\":" + tensor("F32", "18446744073709551618,3", 0, 24) + "}", 24),
                Arguments.of("too large or too many", "{\"a\":" + tensor("F32", "4294967298,3", 0, 24) + "}", 24),
                Arguments.of("too large or too many", "{\"a\":" + tensor("F32", "1,".repeat(32) + "1", 0, 4) + "}", 4),
                Arguments.of("overflow", "{\"a\":" + tensor("F32", "2147483647,2147483647,4", 0, 24) + "}", 24),
                Arguments.of("need 24 bytes", "{\"a\":" + tensor("F32", "2,3", 0, 23) + "}", 23),
                Arguments.of("need 24 bytes", "{\"a\":" + tensor("F32", "2,3", 24, 0) + "}", 24),
                Arguments.of("ends at byte 24 of 20", "{\"a\":" + sound + "}", 20),
                Arguments.of("belong to no tensor", "{\"a\":" + sound + "}", 28),
                Arguments.of("gap before", "{\"a\":" + tensor("F32", "1", 4, 8) + "}", 8),
                Arguments.of("overlap", "{\"a\":" + sound + ",\"b\":" + tensor("F32", "2", 20, 28) + "}", 28),
                Arguments.of("overlap", "{\"a\":" + sound + ",\"b\":" + sound + "}", 24));
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() throws IOException {
        Path file = file("{\"ü\":" + tensor("F32", "1", 0, 4) + "}", new byte[4], StandardCharsets.ISO_8859_1);
        String message = assertThrows(FileFormatException.class, () -> Safetensors.open(file)).getMessage();
        assertTrue(message.contains("not valid UTF-8"), message);
    }

    @ParameterizedTest
    @MethodSource("headerLengths")
    void aHeaderLengthOutOfRangeIsRefusedBeforeAnythingIsAllocated(long length) throws IOException {
        Path file = folder.resolve("hostile.safetensors");
        Files.write(file, ByteBuffer.allocate(16).order(TensorFiles.ORDER).putLong(length).array());
        assertThrows(FileFormatException.class, () -> Safetensors.open(file));
    }

    static Stream<Long> headerLengths() {
        return Stream.of(0L, 9L, 100_000_000L, 100_000_001L, 1L << 31, 1L << 32, Long.MAX_VALUE, -1L, Long.MIN_VALUE);
    }

    @Test
    void everyTruncationIsNoticed() throws IOException {
        byte[] whole = Files.readAllBytes(file("{\"a\":" + tensor("F32", "2,3", 0, 24) + "}", new byte[24]));
        Path file = folder.resolve("truncated.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(FileFormatException.class, () -> Safetensors.open(file));
        }
    }

    @ParameterizedTest
    @MethodSource("mutationSeeds")
    void aMutatedFileIsRefusedOrSound(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = Files.readAllBytes(file("{\"__metadata__\":{\"format\":\"pt\"},\"a\":" + tensor("F32", "2,3", 0, 24)
                + ",\"b\":" + tensor("F16", "4", 24, 32) + "}", new byte[32]));
        Path file = folder.resolve("mutated.safetensors");
        for (int i = 0; i < 200; i++) {
            byte[] mutated = bytes.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                String alphabet = "{}[]\",:0123456789F abetn-.e\\";
                mutated[random.nextInt(8, bytes.length - 32)] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
            }
            Files.write(file, mutated);
            SafetensorsFuzzTest.refusedOrSound(file);
        }
    }

    static IntStream mutationSeeds() {
        return IntStream.range(0, 10);
    }

    @Test
    void aMissingFileAndAFolderAreNamed() {
        assertTrue(assertThrows(IOException.class, () -> Safetensors.open(folder.resolve("none"))).getMessage()
                .contains("there is no such file"));
        assertTrue(assertThrows(IOException.class, () -> Safetensors.open(folder)).getMessage().contains("not a file"));
    }

    /** Byte for byte, whatever order a JVM gives to a map. */
    @Test
    void theHeaderIsInOneOrder() throws IOException {
        Path file = folder.resolve("ordered.safetensors");
        Safetensors.write(file, Map.of("format", "pt"),
                List.of(new SafetensorsEntry("a", new int[] {2}, () -> FloatBuffer.allocate(2))));
        byte[] bytes = Files.readAllBytes(file);
        String header = new String(bytes, 8, bytes.length - 16, StandardCharsets.UTF_8);
        assertTrue(header.startsWith("{\"__metadata__\":{\"format\":\"pt\"},\"a\":" + tensor("F32", "2", 0, 8) + "}"),
                header);
    }

    @Test
    void entriesMustBeConsistent() {
        Path file = folder.resolve("inconsistent.safetensors");
        SafetensorsEntry entry = new SafetensorsEntry("a", new int[] {2}, () -> FloatBuffer.allocate(2));
        SafetensorsEntry short1 = new SafetensorsEntry("b", new int[] {2}, () -> FloatBuffer.allocate(1));
        assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, Map.of(), List.of(entry, entry)));
        assertThrows(IllegalArgumentException.class, () -> Safetensors.write(file, Map.of(), List.of(entry, short1)));
        assertArrayEquals(new String[0], folder.toFile().list());
    }

    private static String tensor(String type, String dimensions, long start, long end) {
        return "{\"dtype\":\"" + type + "\",\"shape\":[" + dimensions + "],\"data_offsets\":[" + start + "," + end + "]}";
    }

    private Path file(String header, byte[] data) throws IOException {
        return file(header, data, StandardCharsets.UTF_8);
    }

    private Path file(String header, byte[] data, Charset charset) throws IOException {
        byte[] text = header.getBytes(charset);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data.length).order(TensorFiles.ORDER);
        return Files.write(folder.resolve("file.safetensors"), bytes.putLong(text.length).put(text).put(data).array());
    }
}
