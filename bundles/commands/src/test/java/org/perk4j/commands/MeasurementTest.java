package org.perk4j.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.formats.Options;

class MeasurementTest {

    @TempDir
    private Path folder;

    /** An instruct model that is asked without its template often answers nothing at all. */
    @Test
    void aBaseThatIsAskedWithoutItsTemplateIsNamed() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.createFile(folder.resolve("model.safetensors"));
        assertEquals(Optional.empty(), note(true));
        Files.createFile(folder.resolve("chat_template.jinja"));
        assertTrue(note(true).orElseThrow().contains("chat template"));
        assertEquals(Optional.empty(), note(false));
    }

    private Optional<String> note(boolean noContext) throws IOException {
        Path job = Files.writeString(folder.resolve("job.json"), """
                {"base": "%s", "adapter": "any", "noContext": %s, "contexts": ["files"]}""".formatted(folder, noContext));
        return Measurement.note(Options.read(job, EvaluateJob.class));
    }
}
