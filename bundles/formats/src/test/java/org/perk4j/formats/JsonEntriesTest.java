package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonEntriesTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1}\\n{"a": 2}                              | {"a":1} {"a":2}         | :1:1 :2:1
            \\uFEFF\\r\\n{"é𝄞": "ü,[:𝄞"}\\r\\n\\r\\n{"b": {}}\\r\\n   | {"é𝄞":"ü,[:𝄞"} {"b":{}} | :2:1 :4:1
            [{"a": 1}, "...", 3]                             | {"a":1} "..." 3         | [0]:1:2 [1]:1:12 [2]:1:19
            {"v": [0], "data": [{"é": "é"}, {"b":\\n2}], "w": 1} | {"é":"é"} {"b":2}   | data[0]:1:21 data[1]:1:33
            {"data": []}                                     | ``                      | ``
            []                                               | ``                      | ``
            ``                                               | ``                      | ``
            [1]\\n{"data": {"x": 1}}                          | 1 {"data":{"x":1}}      | [0]:1:2 :2:1
            """)
    void areHandedOnAndReadAgainFromWhereTheyLie(String text, String values, String places) throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"),
                text.replace("\\n", "\n").replace("\\r", "\r").replace("\\uFEFF", "\uFEFF"));
        List<String> found = new ArrayList<>();
        List<String> where = new ArrayList<>();
        List<String> again = new ArrayList<>();
        JsonEntries.forEach(file, Set.of("data"), entry -> {
            JsonValue.Place place = entry.value().place();
            found.add(entry.value().toString());
            where.add(place.path() + ":" + place.line() + ":" + place.column());
            again.add(JsonEntries.read(file, entry.offset()).toString());
        });
        assertEquals(values, String.join(" ", found));
        assertEquals(places, String.join(" ", where));
        assertEquals(found, again);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1}\\n{"a": 2, "a": 3}    | line 2, column 10: a: this key occurs twice: remove one
            [{"a": 1},\\n{"a": tru}]       | line 2, column 10: not valid JSON
            {"data": [1, 2], "data": [3]} | line 1, column 18: data: this key occurs twice
            {"a": 1}\\n"x"                 | line 2, column 1: expected an object, {…}, or a list of them, […]
            [1]\\n]                        | line 2, column 1: not valid JSON
            [{"a": 1},                    | ends too early
            """)
    void whatIsWrongIsNamedWithItsPlace(String text, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"), text.replace("\\n", "\n"));
        String message = assertThrows(FileFormatException.class,
                () -> JsonEntries.forEach(file, Set.of("data"), entry -> { })).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(expected) && !message.contains("\n"), message);
    }

    @Test
    void whatIsNotUtf8IsNamedByItsByte() throws IOException {
        byte[] text = "{\"a\": \"é\"}\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        text[200_001] = (byte) 0xff;
        Path file = Files.write(folder.resolve("a.jsonl"), text);
        assertEquals(file + ": byte 200001: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8",
                assertThrows(FileFormatException.class,
                        () -> JsonEntries.forEach(file, Set.of(), entry -> { })).getMessage());
    }

    @Test
    void anEntryWithoutEndIsNotTakenIntoMemory() throws IOException {
        PlaceKeeper text = new PlaceKeeper(folder.resolve("a.json"), new StringReader("0123456789"));
        text.bound(4);
        char[] target = new char[1];
        for (int i = 0; i < 4; i++) {
            assertEquals(1, text.read(target, 0, 1));
        }
        String message = assertThrows(FileFormatException.class, () -> text.read(target, 0, 1)).getMessage();
        assertTrue(message.endsWith("line 1, column 5: this entry is larger than 256 MiB: is this the right file?"),
                message);
    }
}
