package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** What a memory is compared with, by the product as shipped: what searches is within its bundle. */
class BaselinesIT {

    private static final Path QUICKSTART = Perk.INSTALLATION.resolve("quickstart");

    @Test
    void aMemoryStandsBesideItsBaselinesInOneReport(@TempDir Path folder) throws Exception {
        Path report = folder.resolve("report.html");
        Path text = Files.writeString(folder.resolve("unrelated.txt"), "Nothing here is about any student. ".repeat(20));
        Path job = Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "adapter": "%s", "noContext": false, "heldOut": {"text": "%s"},
                 "baselines": {"zeroShot": true, "retrieved": 2, "fineTuning": {"steps": 2}},
                 "contexts": [{"type": "student-records", "records": 24, "questions": 3}], "episodes": 2, "answerTokens": 16,
                 "report": "%s"}
                """.formatted(QUICKSTART.resolve("base"), QUICKSTART.resolve("adapter"), text, report));
        Perk perk = Perk.run("evaluate", job.toString(), "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        List<Map<?, ?>> results = ((List<?>) Json.parseObject(perk.lastLine()).get("results")).stream()
                .<Map<?, ?>>map(result -> (Map<?, ?>) result).toList();
        assertEquals(List.of("perk", "fine-tuned", "zero-shot", "retrieval"),
                results.stream().map(result -> result.get("method")).toList());
        assertEquals(List.of(true, true, false, false), results.stream().map(result -> result.containsKey("forgetting"))
                .toList());
        for (Map<?, ?> other : results.subList(1, results.size())) {
            assertTrue((double) results.get(0).get("contained") > (double) other.get("contained"), results.toString());
        }
        assertTrue(perk.err().contains("perplexity of an unrelated text"), perk.err());
        assertTrue(Files.readString(report).contains("\"method\":\"retrieval\""));
    }
}
