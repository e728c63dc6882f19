package org.perk4j.training;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Json;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.formats.TextFile;

/** A run's log: a line of JSON for each step, which begins with the step's number. */
final class TrainingLog implements AutoCloseable {

    private static final Pattern LINE = Pattern.compile("\\{\"step\":(\\d+)(?:\\.0)?,.*}");

    private final Path file;
    private final BufferedWriter writer;

    private TrainingLog(Path file, BufferedWriter writer) {
        this.file = file;
        this.writer = writer;
    }

    /** Opens the log of a run that has done this number of steps; drops lines about later steps and incomplete lines. */
    static TrainingLog open(Path file, long step) throws IOException {
        AtomicFiles.deleteLeftovers(file.toAbsolutePath().getParent(), file.getFileName().toString()::equals);
        String text = Files.exists(file) ? TextFile.read(file) : "";
        List<String> kept = text.lines().filter(line -> isUpTo(step, line)).toList();
        String keptText = kept.isEmpty() ? "" : String.join("\n", kept) + "\n";
        if (Files.notExists(file) || !keptText.equals(text)) {
            AtomicFiles.writeString(file, keptText);
        }
        return new TrainingLog(file, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    }

    private static boolean isUpTo(long step, String line) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches() && Long.parseLong(matcher.group(1)) <= step;
    }

    /** @param line a line whose first key is {@code step} */
    void write(Map<String, Object> line) throws IOException {
        try {
            writer.write(Json.writeLine(line));
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw new NotWrittenException(file, e);
        }
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
