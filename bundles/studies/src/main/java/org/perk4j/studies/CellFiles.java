package org.perk4j.studies;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Json;

/**
 * The results of a study's cells, a file for each, which is there as a whole or not at all.
 *
 * @param folder the folder of these files
 * @param inputs fingerprints of what all cells read besides their jobs
 */
record CellFiles(Path folder, List<String> inputs) {

    private static final String DIGEST = "digest";
    private static final String RESULTS = "results";

    /** @return the results of a cell; empty if it wasn't computed yet, or by other jobs or from other inputs */
    Optional<List<Map<String, Object>>> read(Cell cell) throws IOException {
        Path file = file(cell);
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        Map<String, Object> content = Json.readObject(file);
        return digest(cell).equals(content.get(DIGEST)) ? Optional.of(results(file, content)) : Optional.empty();
    }

    @SuppressWarnings("unchecked") // JSON's objects have strings as keys
    private static List<Map<String, Object>> results(Path file, Map<String, Object> content) throws IOException {
        if (content.get(RESULTS) instanceof List<?> results && results.stream().allMatch(Map.class::isInstance)) {
            return (List<Map<String, Object>>) results;
        }
        throw new FileFormatException(file, "the results are missing: delete the file, and they are computed again");
    }

    void write(Cell cell, List<Map<String, Object>> results) throws IOException {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put(DIGEST, digest(cell));
        content.put(RESULTS, results);
        content.putAll(cell.jobs());
        AtomicFiles.writeString(file(cell), Json.write(content));
    }

    private Path file(Cell cell) {
        return folder.resolve(cell.name() + ".json");
    }

    private String digest(Cell cell) {
        return Fingerprint.of(Json.writeLine(List.of(cell.jobs(), inputs)).getBytes(StandardCharsets.UTF_8));
    }
}
