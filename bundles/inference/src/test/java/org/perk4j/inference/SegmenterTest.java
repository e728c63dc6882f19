package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

class SegmenterTest {

    private final ByteTokenizer tokenizer = new ByteTokenizer();

    @TempDir
    private Path folder;

    private static Segmentation cut(Unit unit, int longest, int most) {
        return new Segmentation(unit, 1, longest, most);
    }

    private List<String> split(Segmentation segmentation, String text) {
        return new Segmenter(tokenizer, segmentation).split(text).stream().map(Segment::text).toList();
    }

    @Test
    void packsWholeSentencesAndLines() {
        String text = "First line, short.\nA sentence here. And another one there.\nThe end.";
        assertEquals(List.of("First line, short.\n", "A sentence here. ", "And another one there.\n", "The end."),
                split(cut(Unit.PACKED, 30, 30), text));
        assertEquals(List.of("First line, short.\n", "A sentence here. And another one there.\n", "The end."),
                split(cut(Unit.PACKED, 45, 45), text), "a line that fits is kept whole");
        assertEquals(List.of("First line, short.\nA sentence here. And another one there.\n", "The end."),
                split(cut(Unit.PACKED, 64, 64), text));
    }

    @Test
    void twoUnitsOfTheTrainingNeverShareASegment() {
        String text = "Id: 1, Name: Mrs. Ann Lee\nId: 2, Name: Dr. Bo Wu\n\nId: 3. Sentence.\n";
        assertEquals(List.of("Id: 1, Name: Mrs. Ann Lee\n", "Id: 2, Name: Dr. Bo Wu\n\n", "Id: 3. Sentence.\n"),
                split(cut(Unit.LINE, 200, 300), text));
        assertEquals(List.of("Id: 1, Name: Mrs. Ann Lee\nId: 2, Name: Dr. Bo Wu\n\n", "Id: 3. Sentence.\n"),
                split(cut(Unit.PARAGRAPH, 200, 300), text));
        assertEquals(List.of("Id: 1, Name: Mrs. Ann Lee\n", "Id: 2, Name: Dr. Bo Wu\n\n", "Id: 3. ", "Sentence.\n"),
                split(cut(Unit.SENTENCE, 200, 300), text));
    }

    @Test
    void aUnitALittleLongerThanThoseOfTheTrainingIsKeptWhole() {
        String text = "Ten words and then some more of them, all in one line.\n";
        assertEquals(List.of(text), split(cut(Unit.LINE, 40, 60), text));
        assertEquals(2, split(cut(Unit.LINE, 40, 40), text).size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "Mrs. Ann Lee met Dr. Bo Wu. They left. | Mrs. Ann Lee met Dr. Bo Wu. / They left.",
        "Fruit, e.g. Apples, keep. Others, i.e. Plums, don't. | Fruit, e.g. Apples, keep. / Others, i.e. Plums, don't.",
        "J. R. R. Tolkien wrote it. | J. R. R. Tolkien wrote it.",
        "\"Hm.\" (Prof. Lee said so.) Well! | \"Hm.\" / (Prof. Lee said so.) / Well!",
        "Das heißt, z.B. Äpfel. Und Birnen. | Das heißt, z.B. Äpfel. / Und Birnen.",
        "Это проф. Иванов. Он здесь. | Это проф. Иванов. / Он здесь.",
        "The cat sat on the mat. It slept. | The cat sat on the mat. / It slept.",
        "我来了。你在哪里？ | 我来了。 / 你在哪里？"})
    void abbreviationsAndInitialsEndNoSentence(String text, String sentences) {
        assertEquals(List.of(sentences.split(" / ")),
                split(cut(Unit.SENTENCE, 200, 300), text).stream().map(String::strip).toList());
    }

    @Test
    void blankLinesMakeNoSegments() {
        String text = "\n\n  \nOne.\n" + "\n".repeat(200) + "Two.\n" + " \n".repeat(50);
        for (Unit unit : Unit.values()) {
            List<Segment> segments = new Segmenter(tokenizer, cut(unit, 20, 30)).split(text);
            assertEquals(List.of("One.", "Two."), segments.stream().map(segment -> segment.text().strip()).toList());
            assertEquals(0, segments.get(0).start());
            assertEquals(text.length(), segments.get(1).end());
        }
    }

    @Test
    void breaksALongSentenceBetweenWords() {
        String text = "one two three four five six seven eight nine ten";
        List<Segment> segments = new Segmenter(tokenizer, cut(Unit.PACKED, 20, 20)).split(text);
        assertTrue(segments.size() >= 3, segments::toString);
        for (Segment segment : segments) {
            assertTrue(segment.start() == 0 || text.charAt(segment.start()) == ' ', segment::toString);
        }
    }

    /**
     * What is tokenized on the way into a memory: each unit once, what shares a segment twice, of what is cut a part more.
     */
    @Test
    void tokenizesEachUnitOnce() {
        String records = "Id: 1, Name: Mrs. Ann Lee, Year: 3\n".repeat(100);
        CountingTokenizer counting = new CountingTokenizer();
        Segmentation lines = cut(Unit.LINE, 64, 96);
        EpisodeEncoder encoder = new EpisodeEncoder(counting, new Prompts(false), 200, lines);
        counting.characters = 0;
        int prefixes = 0;
        for (int i = 1; i <= 100; i++) {
            prefixes += ("doc_" + i + ":").length();
        }
        assertEquals(100, encoder.documents(encoder.segments(records)).size());
        assertEquals(records.length() + prefixes, counting.characters, "a space before each line instead of the line's end");

        String prose = "A sentence of some words. And another one of them, a little longer. ".repeat(100);
        counting.characters = 0;
        new Segmenter(counting, cut(Unit.PACKED, 200, 300)).split(prose);
        assertTrue(counting.characters < 2.1 * prose.length() + 2 * 8 * 300, () -> "tokenized " + counting.characters);
    }

    /** Counts the characters that it is given. */
    private static final class CountingTokenizer extends ForwardingTokenizer {

        private long characters;

        private CountingTokenizer() {
            super(new ByteTokenizer());
        }

        @Override
        public int[] encode(String text) {
            characters += text.length();
            return super.encode(text);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void coversAnyTextWithoutGapsWithinTheLimit(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String text = randomText(random) + "x";
        int limit = 8 + random.nextInt(60);
        Unit unit = Unit.values()[random.nextInt(Unit.values().length)];
        List<Segment> segments = new Segmenter(tokenizer, cut(unit, limit, limit)).split(text);
        int end = 0;
        for (Segment segment : segments) {
            assertEquals(end, segment.start());
            assertEquals(text.substring(segment.start(), segment.end()), segment.text());
            assertArrayEquals(tokenizer.encode(" " + segment.text().strip()), segment.tokens());
            assertTrue(segment.tokens().length <= limit, segment::toString);
            assertTrue(!segment.text().isBlank() && !Character.isLowSurrogate(segment.text().charAt(0)), segment::toString);
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
        assertEquals(file + ": byte 1: not valid UTF-8: save the file as UTF-8, for example with iconv -t UTF-8",
                thrown.getMessage());
    }

    @Test
    void namesTheByteWhereATextIsCutOff() throws IOException {
        Path file = Files.write(folder.resolve("cut.txt"), new byte[] {'a', (byte) 0xE2, (byte) 0x82});
        assertTrue(assertThrows(IOException.class, () -> Segmenter.read(file)).getMessage()
                .contains("byte 1: not valid UTF-8"));
    }

    @Test
    void refusesATextWithoutAWord() throws IOException {
        Path file = Files.writeString(folder.resolve("blank.txt"), " \n\t ");
        assertTrue(assertThrows(IOException.class, () -> Segmenter.read(file)).getMessage().contains("holds no text"));
        assertThrows(IllegalArgumentException.class, () -> new Segmenter(tokenizer, cut(Unit.PACKED, 10, 10)).split(" \n"));
    }
}
