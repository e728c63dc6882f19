package org.perk4j.tasks.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

/** Files that are larger than the memory of the process that reads them. */
class StreamingTest {

    private static final int INSTANCES = 1_200;
    private static final int HEAP_MEGABYTES = 10;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "lines.jsonl | `` | {\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}\\n | ``",
        "list.json | [ | {\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}, | \"...\"]",
        "object.json | {\"version\": 1, \"data\": [ | {\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}, | "
                + "\"...\"]}",
        "table.csv | context,question,answer\\n | \"TEXT\",NUMBER,a\\n | ``"})
    void areReadAllTheSame(String name, String begin, String instance, String end) throws Exception {
        Path file = folder.resolve(name);
        String[] parts = instance.replace("\\n", "\n").replace("TEXT", "Some words, ".repeat(900)).split("NUMBER");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write(begin.replace("\\n", "\n"));
            for (int i = 0; i < INSTANCES; i++) {
                out.write(parts[0] + i + parts[1]);
            }
            out.write(end);
        }
        assertTrue(Files.size(file) > HEAP_MEGABYTES << 20);
        Process reader = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP_MEGABYTES + "m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                StreamingTest.class.getName(), file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String sum = new String(reader.getInputStream().readAllBytes()).strip();
        assertEquals(0, reader.waitFor());
        assertEquals(LongStream.range(0, INSTANCES).sum() + " of " + INSTANCES, sum);
    }

    /** Reads all episodes of a file and adds up their questions. */
    public static void main(String[] arguments) {
        TaskSource source = new TaskFiles().create(new TaskFilesOptions(List.of(), 0, 0, 0, List.of(arguments[0]), List.of(),
                List.of(), 1, new Columns("", "", "", "")));
        long episodes = source.episodes(Split.TRAIN).getAsLong();
        System.out.println(LongStream.range(0, episodes).map(i -> Long.parseLong(
                source.episode(Split.TRAIN, i).questions().get(0).text())).sum() + " of " + episodes);
    }
}
