package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.tensor.Shape;

/** The files that are read were written, and dequantized, by the package gguf: tools/gguf_reference.py. */
class GgufTest {

    private static final Path RESOURCES = Path.of("src/test/resources/gguf");
    /** Far more than opening a small file takes, far less than a count in it could ask for. */
    private static final long MOST_ALLOCATED = 16 << 20;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void everyTypeIsWidenedAsTheFormatsOwnLibraryDoes(GgufType type) throws IOException {
        try (Gguf file = Gguf.open(RESOURCES.resolve("types.gguf"));
                Safetensors expected = Safetensors.open(RESOURCES.resolve("types.safetensors"))) {
            assertEquals(type, file.type(type.name()));
            assertArrayEquals(new int[] {3, 512}, file.dimensions(type.name()));
            assertArrayEquals(expected.read(type.name()), file.read(type.name())); // to the bit
        }
    }

    /** Rows are widened apart and in parts, as products need them, to the same floats as the whole tensor. */
    @ParameterizedTest
    @EnumSource(GgufType.class)
    void partsOfRowsAreWidenedToTheSameElements(GgufType type) throws IOException {
        GgufMatrix matrix;
        float[] expected;
        try (Gguf file = Gguf.open(RESOURCES.resolve("types.gguf"))) {
            expected = file.read(type.name());
            matrix = file.matrix(type.name(), row -> 2 - row, false);
        }
        assertEquals(new Shape(3, 512), matrix.shape()); // also after the file was closed
        assertEquals(3L * 512 / type.elements() * type.bytes(), matrix.bytes());
        for (int row = 0; row < 3; row++) {
            for (int[] part : new int[][] {{0, 512}, {256, 256}, {32, 64}, {1, 1}, {255, 2}, {500, 12}, {512, 0}}) {
                float[] found = new float[2 + part[1]];
                matrix.widen(row, part[0], part[1], found, 1);
                int from = (2 - row) * 512 + part[0];
                assertArrayEquals(Arrays.copyOfRange(expected, from, from + part[1]),
                        Arrays.copyOfRange(found, 1, 1 + part[1]));
                assertEquals(0, found[0] + found[1 + part[1]]);
            }
        }
        int ofRow = 512 / type.elements() * type.bytes();
        for (int[] part : new int[][] {{0, ofRow}, {type.bytes(), ofRow - 2 * type.bytes()}}) {
            byte[] two = new byte[2 * part[1]];
            matrix.copy(1, 2, part[0], part[1], two);
            for (int row = 0; row < 2; row++) {
                byte[] one = new byte[part[1]];
                matrix.copy(1 + row, 1, part[0], part[1], one);
                assertArrayEquals(one, Arrays.copyOfRange(two, row * part[1], (row + 1) * part[1]));
                float[] found = new float[512];
                type.decode(one, part[1] / type.bytes(), found, 0);
                int elements = part[1] / type.bytes() * type.elements();
                int from = (1 - row) * 512 + part[0] / type.bytes() * type.elements();
                assertArrayEquals(Arrays.copyOfRange(expected, from, from + elements), Arrays.copyOf(found, elements));
            }
        }
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.copy(2, 2, 0, 1, new byte[2]));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.copy(0, 1, 1, ofRow, new byte[ofRow]));
        float[] target = new float[600];
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.widen(3, 0, 1, target, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.widen(0, 511, 2, target, 0));
    }

    @Test
    void everyTypeOfValueIsRead() throws IOException {
        try (Gguf file = Gguf.open(RESOURCES.resolve("types.gguf"))) {
            GgufMetadata metadata = file.metadata();
            assertEquals("none", metadata.text("general.architecture"));
            assertEquals(Map.of("u8", 200L, "u16", 40000L, "u32", 40000L, "u64", 40000L, "i8", -100L, "i16", -100L,
                    "i32", -100L, "i64", -100L, "f32", 1e-5, "f64", 0.1), numbers(metadata));
            assertTrue(metadata.flag("a.bool", false));
            assertEquals("Größe", metadata.text("a.text"));
            assertEquals(List.of("one", "", "three"), metadata.texts("a.texts"));
            assertArrayEquals(new double[] {1, -2, 3}, metadata.numbersIfAny("a.numbers", 3));
            List<?> nested = (List<?>) metadata.value("a.nested");
            assertArrayEquals(new double[] {1, 2}, (double[]) nested.get(0));
            assertArrayEquals(new double[] {3}, (double[]) nested.get(1));
        }
    }

    private static Map<String, Object> numbers(GgufMetadata metadata) {
        Map<String, Object> numbers = new HashMap<>();
        for (String key : List.of("u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64")) {
            numbers.put(key, metadata.value("a." + key));
        }
        return numbers;
    }

    @Test
    void valuesOfAnotherTypeThanExpectedAreRefusedWithTheirKey() throws IOException {
        try (Gguf file = Gguf.open(RESOURCES.resolve("types.gguf"))) {
            GgufMetadata metadata = file.metadata();
            assertMessage(() -> metadata.text("a.bool"), "a.bool: is not a text");
            assertMessage(() -> metadata.text("a.none"), "a.none: is missing");
            assertMessage(() -> metadata.count("a.i8"), "a.i8: 18446744073709551516 is not a whole number");
            assertMessage(() -> metadata.count("a.f32"), "a.f32: is not a whole number");
            assertMessage(() -> metadata.texts("a.nested"), "a.nested: is not a list of texts");
            assertMessage(() -> metadata.numbersIfAny("a.numbers", 4), "a.numbers: has 3 numbers");
            assertMessage(() -> metadata.flag("a.u8", true), "a.u8: is not true or false");
        }
    }

    @Test
    void version2IsReadToo() throws IOException {
        byte[] bytes = Files.readAllBytes(RESOURCES.resolve("types.gguf"));
        bytes[4] = 2;
        try (Gguf file = Gguf.open(file(bytes))) {
            assertEquals(GgufType.values().length, file.names().size());
        }
    }

    @Test
    void aFileThatEndsEarlyIsRefusedWhereverItEnds() throws IOException {
        byte[] whole = Files.readAllBytes(RESOURCES.resolve("types.gguf"));
        for (int length = 0; length < whole.length - 32; length += length < 1500 ? 1 : 97) { // up to 31 bytes of padding
            Path file = file(Arrays.copyOf(whole, length));
            int ends = length;
            long before = allocated();
            String message = assertThrows(FileFormatException.class, () -> Gguf.open(file), () -> "at " + ends).getMessage();
            assertTrue(allocated() - before < MOST_ALLOCATED, "allocates too much, ending at " + length);
            assertFalse(message.contains("\n"), message);
        }
    }

    /** Whatever is accepted must be readable to its last element. */
    @Test
    void whateverBitsAreWrongAFileIsRefusedOrSound() throws IOException {
        byte[] whole = Files.readAllBytes(RESOURCES.resolve("types.gguf"));
        SplittableRandom random = new SplittableRandom(20250709);
        for (int trial = 0; trial < 1000; trial++) {
            byte[] flipped = whole.clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                flipped[random.nextInt(1500)] ^= (byte) (1 << random.nextInt(8)); // the header
            }
            Path file = file(flipped);
            long before = allocated();
            try (Gguf opened = Gguf.open(file)) {
                for (String name : opened.names()) {
                    opened.read(name);
                }
            } catch (FileFormatException e) {
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
            }
            assertTrue(allocated() - before < MOST_ALLOCATED, "allocates too much in trial " + trial);
        }
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    static Stream<Arguments> malformed() {
        GgufBytes nested = GgufBytes.of(0, 1).text("k").int32(GgufBytes.ARRAY);
        for (int depth = 0; depth < 5; depth++) {
            nested.int32(GgufBytes.ARRAY).int64(1);
        }
        long huge = Long.MAX_VALUE;
        return Stream.of(
                Arguments.of("doesn't begin with GGUF", new GgufBytes().text4("GGML").int32(3).int64(0).int64(0)),
                Arguments.of("version 1 of GGUF is not supported", new GgufBytes().text4("GGUF").int32(1).int64(0).int64(0)),
                Arguments.of("is big-endian", new GgufBytes().text4("GGUF").int32(3 << 24).int64(0).int64(0)),
                Arguments.of("the number of tensors: " + huge + " is more than", GgufBytes.of(huge, 0)),
                Arguments.of("the number of values: 18446744073709551615 is more", GgufBytes.of(0, -1)),
                Arguments.of("the key of value 0: " + huge + " is more than",
                        GgufBytes.of(0, 1).int64(huge).int64(0).int64(0)),
                Arguments.of("value \"key\": there is no type 13", GgufBytes.of(0, 1).text("key").int32(13).int64(0)),
                Arguments.of("key: " + huge + " is more than the file has room for",
                        GgufBytes.of(0, 1).text("key").int32(GgufBytes.STRING).int64(huge)),
                Arguments.of("key: " + huge + " is more than the file has room for",
                        GgufBytes.of(0, 1).text("key").int32(GgufBytes.ARRAY).int32(GgufBytes.U8).int64(huge)),
                Arguments.of("arrays are nested deeper than 4", nested.data(400)),
                Arguments.of("there are two values \"key\"", GgufBytes.of(0, 2).value("key", 1).value("key", 2)),
                Arguments.of("general.alignment: 33 is not a power of two",
                        GgufBytes.of(0, 1).value("general.alignment", 33)),
                Arguments.of("tensor \"t\": has 5 dimensions", GgufBytes.of(1, 0).tensor("t", 0, 0, 1, 1, 1, 1, 1)),
                Arguments.of("tensor \"t\": a dimension is 0", GgufBytes.of(1, 0).tensor("t", 0, 0, 0)),
                Arguments.of("tensor \"t\": a dimension is",
                        GgufBytes.of(1, 0).tensor("t", 0, 0, 1 << 30, 1 << 30, 1 << 30)),
                Arguments.of("tensor \"t\": a dimension is " + huge, GgufBytes.of(1, 0).tensor("t", 0, 0, huge)),
                Arguments.of("tensor \"t\": elements of type Q2_K are not supported, only [F32, F16, BF16, Q4_0",
                        GgufBytes.of(1, 0).tensor("t", 10, 0, 256).data(84)),
                Arguments.of("elements of type number 77 are not supported", GgufBytes.of(1, 0).tensor("t", 77, 0, 1)),
                Arguments.of("rows of 33 elements are not whole blocks of 32", GgufBytes.of(1, 0).tensor("t", 8, 0, 33)),
                Arguments.of("tensor \"t\": begins at 4, not a multiple of 32",
                        GgufBytes.of(1, 0).tensor("t", 0, 4, 1).data(8)),
                Arguments.of("tensor \"t\": begins at 9223372036854775808", GgufBytes.of(1, 0).tensor("t", 0, 1L << 63, 1)),
                Arguments.of("tensor \"t\": has 4 bytes, the file ends after 0",
                        GgufBytes.of(1, 0).tensor("t", 0, 1L << 62, 1).data(4)),
                Arguments.of("tensor \"t\": has 8 bytes, the file ends after 7",
                        GgufBytes.of(1, 0).tensor("t", 0, 0, 2).data(7)),
                Arguments.of("tensor \"u\": overlaps another tensor",
                        GgufBytes.of(2, 0).tensor("t", 0, 0, 9).tensor("u", 0, 32, 1).data(64)),
                Arguments.of("there are two tensors \"t\"",
                        GgufBytes.of(2, 0).tensor("t", 0, 0, 1).tensor("t", 0, 32, 1).data(64)));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void whatIsMalformedIsNamed(String problem, GgufBytes bytes) throws IOException {
        Path file = file(bytes.toBytes());
        assertMessage(() -> Gguf.open(file), problem);
    }

    private static void assertMessage(Executable reading, String problem) {
        String message = assertThrows(FileFormatException.class, reading).getMessage();
        assertTrue(message.contains(".gguf: ") && message.contains(problem) && !message.contains("\n"), message);
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("file.gguf"), bytes);
    }
}
