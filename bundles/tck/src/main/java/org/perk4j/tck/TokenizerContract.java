package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.InputFiles;

/**
 * Tests of what every {@link Tokenizer}, and the {@link TokenizerFormat} that opens it, must do. Extend this and name the
 * format and a folder that it can read.
 */
@ConsumerType
public abstract class TokenizerContract {

    private static final int RANDOM_TEXTS = 30;

    @TempDir
    private Path temporary;

    private Tokenizer tokenizer;

    /** @return the format under test */
    protected abstract TokenizerFormat<?> format();

    /** @return a folder with a sound tokenizer, at least with those of {@link TokenizerFormat#files} that it needs */
    protected abstract Path folder();

    /** @return the format's options, as a job gives them */
    protected Map<String, ?> options() {
        return Map.of();
    }

    /** @return how the tokenizer's special tokens are written, such as {@code <|endoftext|>} */
    protected abstract List<String> specials();

    /** @return how a text comes back, if not unchanged: in Unicode's normal form, for example */
    protected String decoded(String text) {
        return text;
    }

    @BeforeEach
    void open() throws IOException {
        tokenizer = open(folder());
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private Tokenizer open(Path from) throws IOException {
        return open(format(), from);
    }

    private <O extends Record> Tokenizer open(TokenizerFormat<O> format, Path from) throws IOException {
        return format.open(from, PluginOptions.bind(format, options()));
    }

    private static Stream<String> texts() {
        return Stream.concat(Texts.ALL.stream(), LongStream.range(0, RANDOM_TEXTS).mapToObj(Texts::random));
    }

    @Test
    void optionsAreDescribed() {
        PluginOptions.assertDescribed(format());
    }

    @Test
    void everyTextComesBack() {
        texts().forEach(text -> {
            int[] tokens = tokenizer.encode(text);
            assertEquals(decoded(text), tokenizer.decode(tokens));
            assertTrue(IntStream.of(tokens).allMatch(this::isToken), text);
        });
        assertArrayEquals(new int[0], tokenizer.encode(""));
        assertEquals("", tokenizer.decode());
    }

    /** Texts are read whole, books too: nothing is cut off, and no pieces show. */
    @Test
    void aLongTextComesBackAsWell() {
        String text = String.join("\n", Texts.ALL).repeat(5);
        int[] tokens = tokenizer.encode(text);
        assertEquals(decoded(text), tokenizer.decode(tokens));
        assertArrayEquals(tokens, tokenizer.encode(text), "another time");
    }

    private boolean isToken(int token) {
        return token >= 0 && token < tokenizer.vocabulary();
    }

    @Test
    void beginningsAndEndsAreTokensThatAreNoText() {
        Set<Integer> special = special();
        assertTrue(special.stream().allMatch(this::isToken), special.toString());
        assertTrue(tokenizer.endsOfAnswer().contains(tokenizer.endOfText()));
        int[] tokens = tokenizer.encode("Ann has a cat.");
        int[] surrounded = Stream.of(tokenizer.beginOfText(), tokens, new int[] {tokenizer.endOfText()})
                .flatMapToInt(Arrays::stream).toArray();
        assertEquals(tokenizer.decode(tokens), tokenizer.decode(surrounded));
        special.forEach(token -> assertEquals("", tokenizer.decode(token)));
    }

    private Set<Integer> special() {
        Set<Integer> special = new HashSet<>(tokenizer.endsOfAnswer());
        special.add(tokenizer.endOfText());
        IntStream.of(tokenizer.beginOfText()).forEach(special::add);
        return special;
    }

    /** Or a text could end itself, or pass for a turn of a conversation. */
    @Test
    void whatASpecialTokenIsWrittenAsIsText() {
        assertFalse(specials().isEmpty());
        Set<Integer> special = special();
        for (String written : specials()) {
            for (String text : List.of(written, "a" + written + "b", " " + written + " ", written + written)) {
                int[] tokens = tokenizer.encode(text);
                assertTrue(IntStream.of(tokens).noneMatch(special::contains), text);
                assertEquals(decoded(text), tokenizer.decode(tokens));
            }
        }
    }

    /** A model may know more tokens than its tokenizer, and write one of those. */
    @Test
    void numbersThatAreNoTokensAreLeftOut() {
        for (int number : new int[] {tokenizer.vocabulary(), Integer.MAX_VALUE, -1}) {
            assertEquals("", tokenizer.decode(number), Integer.toString(number));
        }
    }

    /** Java's strings can hold what is not Unicode. */
    @Test
    void halfACharacterDoesNoHarm() {
        for (String half : List.of("a\ud83d b", "a\udc00 b", "\ud83d", "a\ud83d")) {
            int[] tokens = tokenizer.encode(half);
            assertTrue(IntStream.of(tokens).allMatch(this::isToken));
            String back = tokenizer.decode(tokens);
            assertEquals(half.contains("b"), back.contains("b"), back);
        }
    }

    @Test
    void whatIsGivenAwayCannotBeChanged() {
        int[] begin = tokenizer.beginOfText();
        Arrays.fill(begin, -7);
        assertTrue(IntStream.of(tokenizer.beginOfText()).noneMatch(token -> token == -7));
        Set<Integer> ends = Set.copyOf(tokenizer.endsOfAnswer());
        try {
            tokenizer.endsOfAnswer().clear();
        } catch (UnsupportedOperationException unmodifiable) {
            assertEquals(ends, tokenizer.endsOfAnswer());
        }
        assertEquals(ends, tokenizer.endsOfAnswer());
    }

    @Test
    void manyThreadsUseItAtOnce() {
        List<String> texts = texts().toList();
        List<int[]> alone = texts.stream().map(tokenizer::encode).toList();
        IntStream.range(0, 5 * texts.size()).parallel().forEach(i -> {
            int[] expected = alone.get(i % texts.size());
            assertArrayEquals(expected, tokenizer.encode(texts.get(i % texts.size())));
            assertEquals(decoded(texts.get(i % texts.size())), tokenizer.decode(expected));
        });
    }

    /** It may say that it is closed, or work on; it must not harm the process. */
    @Test
    void closingItTwiceOrInTheMidstOfUseDoesNoHarm() throws Exception {
        String text = "Ann has a cat.";
        int users = 2;
        CountDownLatch begun = new CountDownLatch(users);
        CountDownLatch closed = new CountDownLatch(1);
        Callable<Boolean> use = () -> {
            boolean first = true;
            for (int after = 0; after < 100; after += closed.getCount() == 0 ? 1 : 0) {
                try {
                    assertEquals(decoded(text), tokenizer.decode(tokenizer.encode(text)));
                } catch (IllegalStateException e) {
                    return !first && !e.getMessage().isBlank();
                }
                if (first) {
                    begun.countDown();
                    first = false;
                }
            }
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(users);
        try {
            List<Future<Boolean>> uses = List.of(threads.submit(use), threads.submit(use));
            begun.await();
            tokenizer.close();
            tokenizer.close();
            closed.countDown();
            for (Future<Boolean> each : uses) {
                assertTrue(each.get());
            }
        } finally {
            threads.shutdownNow();
        }
        try (Tokenizer another = open(folder())) {
            assertEquals(decoded(text), another.decode(another.encode(text)), "others live on");
        }
    }

    private List<Path> files() {
        return format().files().stream().map(folder()::resolve).filter(Files::exists).toList();
    }

    /** {@code config.json} is the new model's own there, which says the same. */
    @Test
    void itsFilesAreAllThatANewModelNeeds() throws IOException {
        Path copy = copy();
        try (Tokenizer copied = open(copy)) {
            assertEquals(tokenizer.vocabulary(), copied.vocabulary());
            assertEquals(tokenizer.endsOfAnswer(), copied.endsOfAnswer());
            texts().forEach(text -> assertArrayEquals(tokenizer.encode(text), copied.encode(text)));
        }
    }

    private Path copy() throws IOException {
        Path copy = Files.createTempDirectory(temporary, "model");
        List<Path> all = new ArrayList<>(files());
        all.add(folder().resolve("config.json"));
        for (Path file : all) {
            if (Files.exists(file)) {
                Files.write(copy.resolve(file.getFileName()), InputFiles.read(file));
            }
        }
        return copy;
    }

    @Test
    void aFolderWithoutItsFilesIsRefused() {
        if (!files().isEmpty()) {
            assertRefused(temporary, temporary.toString());
        }
    }

    /** What is damaged is either of no consequence, or refused with the file's name: nothing else is thrown. */
    @Test
    void damagedFilesAreRefusedByName() throws IOException {
        int refused = 0;
        for (Path file : files()) {
            byte[] sound = InputFiles.read(file);
            List<byte[]> damaged = List.of(new byte[0], Arrays.copyOf(sound, sound.length / 2), "{}".getBytes(),
                    "[[".getBytes(), new byte[] {(byte) 0xff, 0, (byte) 0xfe}, reversed(sound));
            for (byte[] content : damaged) {
                Path copy = copy();
                Files.write(copy.resolve(file.getFileName()), content);
                try (Tokenizer opened = open(copy)) {
                    opened.decode(opened.encode("Ann has a cat."));
                } catch (IOException e) {
                    refused++;
                    assertTrue(e.getMessage().startsWith(copy.toString()) && e.getMessage().lines().count() == 1,
                            e.getMessage());
                }
            }
        }
        assertEquals(files().isEmpty(), refused == 0, "damage that was noticed");
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        IntStream.range(0, bytes.length).forEach(i -> reversed[i] = bytes[bytes.length - 1 - i]);
        return reversed;
    }

    private void assertRefused(Path folder, String named) {
        String message = assertThrows(IOException.class, () -> open(folder)).getMessage();
        assertTrue(message.startsWith(named) && message.lines().count() == 1, message);
    }
}
