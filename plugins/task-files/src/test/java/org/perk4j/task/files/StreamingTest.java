package org.perk4j.task.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

/** Files that are larger than the memory of the process that reads them. */
class StreamingTest {

    private static final int INSTANCES = 1_200;
    private static final int HEAP_MEGABYTES = 10;

    /** A group of rows and the library take more. */
    private static final int PARQUET_HEAP_MEGABYTES = 32;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "lines.jsonl | `` | {\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}\\n | ``",
        "list.json | [ | {\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}, | \"...\"]",
        "object.json | {\"version\": 1, \"data\": [ | "
                + "{\"context\": \"TEXT\", \"question\": \"NUMBER\", \"answer\": \"a\"}, | "
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
        assertReadWithin(HEAP_MEGABYTES, file);
    }

    @Test
    void soAreThoseOfParquet() throws Exception {
        Path file = folder.resolve("groups.parquet");
        MessageType type = MessageTypeParser.parseMessageType(
                "message m { required binary context (UTF8); required int32 question; required binary answer (UTF8); }");
        String text = "Some words, ".repeat(3_000);
        try (ParquetWriter<Group> out = ExampleParquetWriter.builder(new LocalOutputFile(file)).withType(type)
                .withConf(new PlainParquetConfiguration()).withRowGroupSize(1L << 20).withDictionaryEncoding(false)
                        .build()) {
            for (int i = 0; i < INSTANCES; i++) {
                out.write(new SimpleGroup(type).append("context", i + text).append("question", i).append("answer", "a"));
            }
        }
        assertReadWithin(PARQUET_HEAP_MEGABYTES, file);
    }

    private static void assertReadWithin(int megabytes, Path file) throws Exception {
        assertTrue(Files.size(file) > megabytes << 20);
        Process reader = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + megabytes + "m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                StreamingTest.class.getName(), file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String sum = new String(reader.getInputStream().readAllBytes()).strip();
        assertEquals(0, reader.waitFor());
        assertEquals(LongStream.range(0, INSTANCES).sum() + " of " + INSTANCES, sum);
    }

    /** Reads all episodes of a file and adds up their questions. */
    public static void main(String[] arguments) {
        TaskSource source = new TaskFiles().create(new TaskFilesOptions(List.of(), 0, 0, 0, List.of(arguments[0]), List.of(),
                List.of(), 1, new Columns("", "", "", "")), null);
        long episodes = source.episodes(Split.TRAIN).getAsLong();
        System.out.println(LongStream.range(0, episodes).map(i -> Long.parseLong(
                source.episode(Split.TRAIN, i).questions().get(0).text())).sum() + " of " + episodes);
    }
}
