package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** The README's own-text flow: what the quickstart leaves as a file is encoded and asked about by hand, as well as measured. */
class OwnTextIT {

    private static final Pattern RECORD = Pattern.compile("Student Id: (\\d+), .*, Year: (\\w+), School: .*");

    @TempDir
    private Path folder;

    @Test
    void theQuickstartsRecordsAreAnsweredFromTheirFile() throws Exception {
        Perk quickstart = Perk.run("quickstart", "--contexts", "1", "-o", folder.toString());
        assertEquals(0, quickstart.exitCode(), quickstart.err());
        Path file = folder.resolve("records.txt");
        List<String> records = Files.readAllLines(file);
        assertEquals(24, records.size());

        Path memory = folder.resolve("memory");
        Perk encoded = Perk.run("encode", file.toString(), "-o", memory.toString(), "--json");
        assertEquals(0, encoded.exitCode(), encoded.err());
        assertEquals(24.0, Json.parseObject(encoded.lastLine()).get("segments"));
        assertEquals(records, segments(Files.readString(file), memory), "the segments are the task's");

        List<String> questions = new ArrayList<>();
        List<String> years = new ArrayList<>();
        for (String line : records) {
            Matcher record = RECORD.matcher(line);
            assertTrue(record.matches(), line);
            questions.add("Which year is student with ID " + record.group(1) + " in?");
            years.add(record.group(2));
        }
        Perk asked = Perk.fed(questions, "ask", memory.toString());
        assertEquals(0, asked.exitCode(), asked.err());
        List<String> answers = asked.out().lines().toList();
        long right = IntStream.range(0, years.size()).filter(i -> answers.get(i).equals(years.get(i))).count();
        assertTrue(right >= 23, () -> right + " of 24 right: " + answers + ", not " + years);
    }

    private static List<String> segments(String text, Path memory) throws Exception {
        List<?> spans = (List<?>) ((Map<?, ?>) Json.readObject(memory.resolve("perk4j.json")).get("provenance")).get("spans");
        return IntStream.range(0, spans.size() - 1)
                .mapToObj(i -> text.substring(at(spans, i), at(spans, i + 1)).strip()).toList();
    }

    private static int at(List<?> spans, int index) {
        return ((Number) spans.get(index)).intValue();
    }
}
