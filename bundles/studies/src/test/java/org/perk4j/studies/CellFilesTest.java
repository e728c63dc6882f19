package org.perk4j.studies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.evaluation.Baselines;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.HeldOut;
import org.perk4j.formats.PluginChoice;

class CellFilesTest {

    @TempDir
    private Path folder;

    private static Cell cell(int episodes) {
        PluginChoice task = PluginChoice.of("student-records", Map.of("records", 3));
        return new Cell("one--two", "one", "two", Optional.empty(), new EvaluateJob("b", "a", "", false, Baselines.NONE,
                HeldOut.NONE, PluginChoice.of("java", Map.of()), List.of(task), List.of(), episodes, 0, 8, 1, "", List.of(),
                ""));
    }

    @Test
    void resultsCountForTheSameJobsAndInputsOnly() throws IOException {
        CellFiles files = new CellFiles(folder.resolve("cells"), List.of("base", "adapter"));
        assertEquals(Optional.empty(), files.read(cell(2)));
        files.write(cell(2), List.of(Map.of("tested", "two", "exactMatch", 0.5)));
        assertEquals(Optional.of(List.of(Map.of("tested", "two", "exactMatch", 0.5))), files.read(cell(2)));
        assertEquals(Optional.empty(), files.read(cell(3)));
        assertEquals(Optional.empty(), new CellFiles(folder.resolve("cells"), List.of("base", "other")).read(cell(2)));
        files.write(cell(3), List.of());
        assertEquals(Optional.empty(), files.read(cell(2)), "it was replaced");
    }

    @Test
    void aFileThatWasEditedIsNamed() throws IOException {
        CellFiles files = new CellFiles(folder, List.of());
        files.write(cell(2), List.of());
        Path file = folder.resolve("one--two.json");
        Files.writeString(file, Files.readString(file).replace("\"results\": []", "\"results\": [1]"));
        String message = assertThrows(IOException.class, () -> files.read(cell(2))).getMessage();
        assertTrue(message.contains("one--two.json") && message.contains("delete the file"), message);
    }
}
