package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.tck.ByteTokenizer;

class SegmenterTest {

    private final ByteTokenizer tokenizer = new ByteTokenizer();

    @TempDir
    private Path folder;

    @Test
    void breaksAtTheEndsOfSentencesAndLines() {
        String text = "First line, short.\nA sentence here. And another one there.\nThe end.";
        List<String> segments = new Segmenter(tokenizer, 40).split(text).stream().map(Segment::text).toList();
        assertEquals(List.of("First line, short.\nA sentence here. ", "And another one there.\nThe end."), segments);
    }

    @Test
    void breaksALongSentenceBetweenWords() {
        String text = "one two three four five six seven eight nine ten";
        for (Segment segment : new Segmenter(tokenizer, 20).split(text)) {
            assertTrue(segment.start() == 0 || text.charAt(segment.start()) == ' ', segment::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void coversAnyTextWithoutGapsWithinTheLimit(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String text = randomText(random) + "x";
        int limit = 8 + random.nextInt(60);
        List<Segment> segments = new Segmenter(tokenizer, limit).split(text);
        int end = 0;
        for (Segment segment : segments) {
            assertEquals(end, segment.start());
            assertEquals(text.substring(segment.start(), segment.end()), segment.text());
            assertTrue(tokenizer.encode(" " + segment.text().strip()).length <= limit, segment::toString);
            assertTrue(!Character.isLowSurrogate(segment.text().charAt(0)), "a character is cut");
            end = segment.end();
        }
        assertEquals(text.length(), end);
    }

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    private static String randomText(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        String separators = "   \n.\t";
        for (int i = random.nextInt(300); i > 0; i--) {
            switch (random.nextInt(8)) {
                case 0, 1 -> text.append(separators.charAt(random.nextInt(separators.length())));
                case 2 -> text.appendCodePoint(0x1F600 + random.nextInt(40));
                default -> text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }

    @Test
    void namesTheByteThatIsNotUtf8() throws IOException {
        Path file = folder.resolve("latin1.txt");
        Files.write(file, "déjà vu".getBytes(StandardCharsets.ISO_8859_1));
        IOException thrown = assertThrows(IOException.class, () -> Segmenter.read(file));
        assertEquals(file + ": byte 1: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8", thrown.getMessage());
    }

    @Test
    void namesTheByteWhereATextIsCutOff() throws IOException {
        Path file = Files.write(folder.resolve("cut.txt"), new byte[] {'a', (byte) 0xE2, (byte) 0x82});
        assertTrue(assertThrows(IOException.class, () -> Segmenter.read(file)).getMessage().contains("byte 1: not valid UTF-8"));
    }

    @Test
    void refusesATextWithoutAWord() throws IOException {
        Path file = Files.writeString(folder.resolve("blank.txt"), " \n\t ");
        assertTrue(assertThrows(IOException.class, () -> Segmenter.read(file)).getMessage().contains("holds no text"));
        assertThrows(IllegalArgumentException.class, () -> new Segmenter(tokenizer, 10).split(" \n"));
    }
}
