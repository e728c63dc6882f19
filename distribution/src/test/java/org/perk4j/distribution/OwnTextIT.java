package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;

/**
 * The README's own-text flow: what the quickstart leaves as a file is encoded and asked about by hand, as well as measured.
 */
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
        List<?> losses = (List<?>) Json.parseObject(encoded.lastLine()).get("losses");
        assertEquals(losses, provenance(memory).get("losses"));
        assertTrue((double) losses.get(losses.size() - 1) < (double) losses.get(0), losses::toString);
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

    /** The quickstart's adapter with learning rates that no text survives, as nothing bounds the steps. */
    private Path broken() throws Exception {
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Path adapter = Perk.INSTALLATION.resolve("quickstart/adapter");
        String recipe = Files.readString(adapter.resolve("perk4j.json"));
        String unbounded = recipe.replaceFirst("\"bound\": [0-9.]+", "\"bound\": 0");
        assertNotEquals(recipe, unbounded);
        Files.writeString(broken.resolve("perk4j.json"), unbounded);
        List<SafetensorsEntry> entries = new ArrayList<>();
        try (Safetensors learned = Safetensors.open(adapter.resolve("meta.safetensors"))) {
            for (String name : learned.names()) {
                float[] values = learned.read(name);
                if (name.startsWith("rates.")) {
                    Arrays.fill(values, 1e30f);
                }
                entries.add(new SafetensorsEntry(name, learned.dimensions(name), () -> FloatBuffer.wrap(values)));
            }
        }
        Safetensors.write(broken.resolve("meta.safetensors"), Map.of(), entries);
        return broken;
    }

    @Test
    void aTextThatDestroysItsMemoryIsAnError() throws Exception {
        Path file = Files.writeString(folder.resolve("text.txt"),
                "Student Id: 1234567, Student Name: Ann Lee, Year: Junior\n");
        Path memory = folder.resolve("memory");
        String[] encode = {"encode", file.toString(), "-o", memory.toString(), "--adapter", broken().toString(), "--json"};
        Perk refused = Perk.run(encode);
        assertEquals(4, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains("text.txt: the context's loss is not finite after step 1 of 2, it was "),
                refused.err());
        assertTrue(refused.err().contains("--force"), refused.err());
        assertFalse(Files.exists(memory));

        List<String> forced = new ArrayList<>(List.of(encode));
        forced.add("--force");
        Perk written = Perk.run(forced.toArray(String[]::new));
        assertEquals(0, written.exitCode(), written.err());
        assertEquals(1, ((List<?>) Json.parseObject(written.lastLine()).get("losses")).size(), "the others are no numbers");
        Perk asked = Perk.run("ask", memory.toString(), "Who?");
        assertEquals(4, asked.exitCode(), asked.out());
        assertTrue(asked.err().contains("that is not finite"), asked.err());
    }

    private static List<String> segments(String text, Path memory) throws Exception {
        List<?> spans = (List<?>) provenance(memory).get("spans");
        return IntStream.range(0, spans.size() - 1)
                .mapToObj(i -> text.substring(at(spans, i), at(spans, i + 1)).strip()).toList();
    }

    private static Map<?, ?> provenance(Path memory) throws Exception {
        return (Map<?, ?>) Json.readObject(memory.resolve("perk4j.json")).get("provenance");
    }

    private static int at(List<?> spans, int index) {
        return ((Number) spans.get(index)).intValue();
    }
}
