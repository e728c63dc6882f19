package org.perk4j.task.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.data.Episode;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskSource.Split;

/** Files that PyArrow wrote, as Hugging Face's data sets are: see tools/parquet_samples.py. */
class ParquetTest {

    private static final Columns NONE = new Columns("", "", "", "");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"snappy", "zstd", "gzip", "none"})
    void isReadWhateverItsCodec(String codec) throws IOException {
        List<Episode> episodes = episodes(sample("squad_" + codec), NONE);
        assertEquals("Who kept it? Jon Ross | Who built it? unanswerable", answers(episodes));
        assertEquals(List.of("The lighthouse at Quoy was built in 1871. Its keeper was Jon Ross."),
                episodes.get(1).segments());
    }

    @Test
    void listsOfListsAreRead() throws IOException {
        List<Episode> episodes = episodes(sample("hotpot"), NONE);
        assertEquals("Ivo Stern: Ivo Stern is a Danish critic. He writes.", episodes.get(0).segments().get(2));
        assertEquals(List.of("The Vell flows out of it.", "The dam on the Vell was built in 1962."),
                episodes.get(1).questions().get(0).support());
    }

    @Test
    void columnsAreNamed() throws IOException {
        Path file = sample("squad_snappy");
        List<Episode> episodes = episodes(file, new Columns("context", "question", "title", ""));
        assertEquals("Who kept it? Quoy | Who built it? Quoy", answers(episodes));
        assertEquals(file + ": [0]: there is no text, only id, title, context, question, answers: correct it in columns",
                assertThrows(IllegalArgumentException.class,
                        () -> episodes(file, new Columns("text", "question", "title", ""))).getMessage());
    }

    @Test
    void anotherCodecIsNamed() throws IOException {
        Path file = sample("squad_lz4");
        assertEquals(file + ": compressed with LZ4_RAW, which can't be read: write it with SNAPPY, ZSTD, GZIP or none",
                assertThrows(IllegalArgumentException.class, () -> episodes(file, NONE)).getMessage());
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(sample("squad_zstd"));
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int change = 0; change < i % 3; change++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("damaged.parquet"), damaged);
            try {
                episodes(file, NONE); // what a letter is damaged in is another letter
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().startsWith(file + ": ") && e.getMessage().lines().count() == 1, e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 150, refused + " of 300");
    }

    private static String answers(List<Episode> episodes) {
        return episodes.stream().map(episode -> episode.questions().get(0).text() + " "
                + episode.questions().get(0).answer()).collect(Collectors.joining(" | "));
    }

    private Path sample(String name) throws IOException {
        Path file = folder.resolve(name + ".parquet");
        try (InputStream sample = ParquetTest.class.getResourceAsStream("/parquet/" + name + ".parquet")) {
            Files.copy(sample, file);
        }
        return file;
    }

    private static List<Episode> episodes(Path file, Columns columns) {
        TaskSource source = new TaskFiles().create(new TaskFilesOptions(List.of(), 0, 0, 0, List.of(file.toString()),
                List.of(), List.of(), 1, columns), null);
        return IntStream.range(0, (int) source.episodes(Split.TRAIN).getAsLong())
                .mapToObj(i -> source.episode(Split.TRAIN, i)).toList();
    }
}
