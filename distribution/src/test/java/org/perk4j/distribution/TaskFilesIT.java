package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** Data as users have them, measured by the product as shipped: what reads them is within its bundles. */
class TaskFilesIT {

    private static final Path PARQUET = Path.of("../plugins/task-files/src/test/resources/parquet/squad_zstd.parquet");

    @TempDir
    private Path folder;

    @Test
    void csvAndParquetAreEvaluatedAsFarAsTheyGo() throws Exception {
        Path csv = Files.writeString(folder.resolve("farms.csv"), "text,asked,gold\nNess is a farm.,What is Ness?,a farm\n");
        Path job = Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "answerTokens": 4, "contexts": [
                  {"type": "files", "test": ["%s"]},
                  {"type": "files", "test": ["%s"], "columns": {"context": "text", "question": "asked", "answer": "gold"}}]}
                """.formatted(Perk.INSTALLATION.resolve("quickstart/base"), PARQUET.toAbsolutePath(), csv));
        Perk perk = Perk.run("evaluate", job.toString(), "--json");
        assertEquals(0, perk.exitCode(), perk.err());
        List<?> results = (List<?>) Json.parseObject(perk.lastLine()).get("results");
        assertEquals(List.of(2.0, 1.0), results.stream().map(result -> ((Map<?, ?>) result).get("questions")).toList());
        assertTrue(perk.err().contains("the task files has 2 episodes for the test: 2 instead of 40 are used"), perk.err());
    }

    @Test
    void whatCannotBeReadIsNamed() throws Exception {
        Path damaged = Files.write(folder.resolve("damaged.parquet"),
                new byte[] {'P', 'A', 'R', '1', 0, 0, 'P', 'A', 'R', '1'});
        Path job = Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "contexts": [{"type": "files", "test": ["%s"]}]}
                """.formatted(Perk.INSTALLATION.resolve("quickstart/base"), damaged));
        Perk perk = Perk.run("evaluate", job.toString());
        assertEquals(1, perk.exitCode(), perk.err());
        assertEquals(List.of("perk: " + damaged + ": not a valid Parquet file: is it complete, and the right one?"),
                perk.err().lines().filter(line -> line.startsWith("perk: ")).toList());
        assertFalse(perk.err().contains("\tat "), perk.err());
    }
}
