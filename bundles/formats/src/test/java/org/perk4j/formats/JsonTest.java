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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTest {

    @TempDir
    private Path folder;

    enum Colour { RED }

    record Point(int x, double y, Colour colour, List<String> tags, Point next) {
    }

    @Test
    void plainValuesAndRecordsAreWritten() {
        Point point = new Point(1, 2.5, Colour.RED, List.of("<a>", "ü\n"), null);
        assertEquals("{\"x\":1,\"y\":2.5,\"colour\":\"RED\",\"tags\":[\"<a>\",\"ü\\n\"],\"next\":null}",
                Json.writeLine(point));
        assertEquals("[16,0.5,null,[1,2],\"a/b\"]",
                Json.writeLine(Arrays.asList(16.0, 0.5f, Double.NaN, new int[] {1, 2}, Path.of("a/b"))));
        assertEquals("{\n  \"a\": true\n}\n", Json.write(Map.of("a", true)));
    }

    @Test
    void anObjectIsReadInOrderWithDoubles() throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"),
                "{\"z\": 1, \"a\": [true, null, \"é\"], \"m\": {\"k\": 1e3}}");
        Map<String, Object> object = Json.readObject(file);
        assertEquals(List.of("z", "a", "m"), List.copyOf(object.keySet()));
        assertEquals(1.0, object.get("z"));
        assertEquals(Arrays.asList(true, null, "é"), object.get("a"));
        assertEquals(Map.of("k", 1000.0), object.get("m"));
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                        | line 1, column 1: expected a JSON object
            {"a": 1,\\n "a": 2}       | line 2, column 2: a: this key occurs twice
            {"b": {"a": 1, "a": 2}}   | line 1, column 16: b.a: this key occurs twice
            {"a": 1} x                | line 1, column 10: not valid JSON
            {"a": 1} {}               | line 1, column 10: not valid JSON
            {"a": 1,}                 | not valid JSON
            {a: 1}                    | line 1, column 2: not valid JSON
            // c\\n{"a": 1}           | not valid JSON
            {"a": tru}                | not valid JSON
            {"a": NaN}                | not valid JSON
            {"a": 01}                 | not valid JSON
            {"a": 1e99999999999}      | line 1, column 2: a: this number is out of range
            {"a": "                   | ends too early
            {"a":                     | ends too early
            ``                        | ends too early
            """)
    void whatIsWrongIsNamedWithItsPlace(String text, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"), text.replace("\\n", "\n"));
        String message = assertThrows(FileFormatException.class, () -> Json.readObject(file)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(expected) && !message.contains("\n"), message);
    }

    @Test
    void deepNestingIsRefused() {
        assertThrows(FileFormatException.class, () -> Json.parseObject("{\"a\":".repeat(100_000)));
    }

    @Test
    void invalidUtf8IsRefused() throws IOException {
        Path file = Files.write(folder.resolve("a.json"), new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        String message = assertThrows(FileFormatException.class, () -> Json.readObject(file)).getMessage();
        assertEquals(file + ": byte 2: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8", message);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsRead(long seed) throws IOException {
        Map<String, Object> object = object(new SplittableRandom(seed), 4);
        assertEquals(object, Json.parseObject(Json.write(object)));
        assertEquals(object, Json.parseObject(Json.writeLine(object)));
    }

    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    private static Map<String, Object> object(SplittableRandom random, int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            object.put(string(random), value(random, depth));
        }
        return object;
    }

    private static Object value(SplittableRandom random, int depth) {
        switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0:
                return string(random);
            case 1:
                return random.nextBoolean() ? (double) random.nextInt()
                        : Math.scalb(random.nextDouble() - 0.5, random.nextInt(-80, 80));
            case 2:
                return random.nextBoolean();
            case 3:
                return null;
            case 4:
                return object(random, depth - 1);
            default:
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                return list;
        }
    }

    private static String string(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int c = random.nextInt(random.nextBoolean() ? 0x80 : Character.MAX_CODE_POINT);
            text.appendCodePoint(Character.getType(c) == Character.SURROGATE ? ' ' : c);
        }
        return text.toString();
    }
}
