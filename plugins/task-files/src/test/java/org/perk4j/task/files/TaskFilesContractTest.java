package org.perk4j.task.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.Question;
import org.perk4j.data.TaskType;
import org.perk4j.tck.TaskContract;

class TaskFilesContractTest extends TaskContract {

    @TempDir
    private Path folder;

    @Override
    protected TaskType<?> type() {
        return new TaskFiles();
    }

    /** Nobody has another's cat. */
    @Override
    protected Map<String, ?> options() {
        return Map.of("files", List.of(file("cats.jsonl", IntStream.range(0, 50).mapToObj("""
                {"context": ["Dogs bark.", "Ann %1$d has cat %1$d."], "question": "Which cat has Ann %1$d?",\
                 "answer": "cat %1$d", "support": ["Ann %1$d has cat %1$d."]}"""::formatted)
                .collect(Collectors.joining("\n")))));
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        String sound = ((List<?>) options().get("files")).get(0).toString();
        String damaged = file("damaged.jsonl", "{\"context\": [\"x\"]}");
        return Map.of("files", Map.of(), "validationShare", Map.of("files", List.of(sound), "validationShare", 2),
                "recordsPerSegment", Map.of("files", List.of(sound), "recordsPerSegment", 0),
                "missing.json", Map.of("train", List.of("missing.json")), damaged, Map.of("test", List.of(damaged)));
    }

    @Override
    protected boolean isQuoted(Question question) {
        return true;
    }

    private String file(String name, String content) {
        try {
            return Files.writeString(folder.resolve(name), content).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
