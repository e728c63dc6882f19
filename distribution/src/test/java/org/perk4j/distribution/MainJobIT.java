package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** The main job as shipped: a text becomes a memory, a memory answers; and what is said when something is wrong. */
class MainJobIT {

    private static final String RECORDS = """
            Student Id: 3109998, Student Name: Alison Keith, Year: Sophomore, School: School of Engineering, \
            Major: Civil Engineering, Grade: 72
            Student Id: 5295803, Student Name: Cathy Duarte, Year: Junior, School: School of Arts and Humanities, \
            Major: Drama & Theatre Arts, Grade: 51
            """;

    @TempDir
    private Path folder;

    private static Map<String, Object> json(Perk perk) throws IOException {
        return Json.parseObject(perk.lastLine());
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static void assertFails(Perk perk, String... said) {
        assertEquals(1, perk.exitCode(), perk.err());
        for (String part : said) {
            assertTrue(perk.err().contains(part), perk.err());
        }
    }

    @Test
    void aTextBecomesAMemoryThatAnswers() throws Exception {
        Path memory = folder.resolve("memory");
        Perk encoded = Perk.run("encode", file("records.txt", RECORDS).toString(), "-o", memory.toString(), "--json");
        assertEquals(0, encoded.exitCode(), encoded.err());
        assertEquals(2.0, json(encoded).get("segments"));
        assertEquals("Civil Engineering", answer(memory, "What major is student with ID 3109998 studying?"));
        assertEquals("51", answer(memory, "What is the grade of the student with ID 5295803?", "--weights", "bfloat16"));
        assertFails(Perk.run("encode", file("records.txt", RECORDS).toString(), "-o", memory.toString()), "memory");
    }

    /** Those of the quickstart's model are large enough to be rounded. */
    @Test
    void productsOfBfloat16AnswerTheSameOnProcessorsThatHaveThem() throws Exception {
        Path memory = folder.resolve("rounded");
        Perk encoded = Perk.run("encode", file("records.txt", RECORDS).toString(), "-o", memory.toString(), "--backend",
                "nd4j-bf16");
        if (encoded.exitCode() == 0) {
            assertEquals("Civil Engineering", answer(memory, "What major is student with ID 3109998 studying?"));
            assertEquals("51", answer(memory, "What is the grade of the student with ID 5295803?", "--backend",
                    "nd4j-bf16"));
        } else {
            assertFails(encoded, "nd4j-bf16", "AVX512_BF16", "choose nd4j");
        }
    }

    /** By oneDNN's own variable any processor is one without them. */
    @Test
    void aProcessorWithoutProductsOfBfloat16IsNamed() throws Exception {
        Map<String, String> older = Map.of("DNNL_MAX_CPU_ISA", "AVX2");
        Path memory = folder.resolve("rounded");
        assertFails(Perk.run(Perk.INSTALLATION, older, "encode", file("records.txt", RECORDS).toString(), "-o",
                memory.toString(), "--backend", "nd4j-bf16"), "nd4j-bf16", "AVX512_BF16", "choose nd4j");
        assertFalse(Files.exists(memory));
        assertTrue(Perk.run(Perk.INSTALLATION, older, "doctor").out().contains("no products of bfloat16"));
    }

    private static String answer(Path memory, String... question) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("ask", memory.toString(), "--json"));
        arguments.addAll(List.of(question));
        Perk asked = Perk.run(arguments.toArray(String[]::new));
        assertEquals(0, asked.exitCode(), asked.err());
        return json(asked).get("answer").toString().strip();
    }

    @Test
    void theQuickstartMeasuresThreeMethodsOnKnownAndUnseenValuesThroughFiles() throws Exception {
        Path output = folder.resolve("quickstart");
        Perk perk = Perk.run("quickstart", "--contexts", "2", "-o", output.toString(), "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        List<?> results = (List<?>) json(perk).get("results");
        assertEquals(12, results.size());
        int known = 0;
        for (Object result : results) {
            Map<?, ?> row = (Map<?, ?>) result;
            assertEquals(10.0, row.get("questions"));
            // With 10 questions a rate of 0.9 falls below 0.6 once in ten thousand times.
            if (row.get("method").equals("perk") && row.get("contexts").equals("known values")
                    && (double) row.get("contextTokens") < 2000) {
                assertTrue((double) row.get("exactMatch") >= 0.6, row.toString());
                known++;
            }
        }
        assertTrue(known > 0, results.toString());
        assertEquals(6, results.stream().filter(row -> ((Map<?, ?>) row).get("contexts").equals("unseen values")).count());
        assertTrue(Files.size(Path.of(json(perk).get("report").toString())) > 10_000);
        assertTrue(Files.notExists(output.resolve("measuring")));
    }

    @Test
    void badInputIsNamedWithItsRemedy() throws Exception {
        Path memory = folder.resolve("none");
        Path broken = folder.resolve("broken.txt");
        Files.write(broken, new byte[] {'a', (byte) 0xC3, 'b'});
        assertFails(Perk.run("encode", broken.toString(), "-o", memory.toString()), "broken.txt", "byte 1", "UTF-8");
        assertFails(Perk.run("encode", file("empty.txt", " \n").toString(), "-o", memory.toString()), "empty.txt",
                "no text");
        assertFalse(Files.exists(memory));
        assertFails(Perk.run("ask", memory.toString(), "Who?"), "none");
        assertFails(Perk.run("train", file("job.json", """
                {"base": "b", "output": "o", "adaptor": {"type": "lora"}, "stages": []}""").toString()),
                "adaptor", "adapter");
    }

    @Test
    void aMissingPluginTypeNamesThoseThatThereAre() throws Exception {
        String base = Perk.INSTALLATION.resolve("quickstart/base").toString();
        String job = "{\"base\": \"" + base + "\", \"output\": \"" + folder.resolve("out")
                + "\", \"adapter\": \"lorra\", \"stages\": [{\"steps\": 1, \"task\": \"student-records\"}]}";
        assertFails(Perk.run("train", file("job.json", job).toString()), "lorra", "lora");
    }
}
