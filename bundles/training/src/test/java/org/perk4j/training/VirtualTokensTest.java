package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.memory.files.PeftMemoryStore;

/** Memories that are tokens before what is asked: trained, encoded, kept and asked as the commands do it. */
class VirtualTokensTest {

    private static final int TOKENS = 3;
    private static final Decoding GREEDY = Decoding.greedy(24);
    private static final Decoding DECODING = new Decoding(24, 1, 1, 3);

    @TempDir
    private static Path folder;

    private OpenBase base;

    @BeforeAll
    static void train() throws IOException {
        Path base = SmallRun.base(folder, 0.6);
        train("prefix", base, 1e4); // what is attended to changes little with it in a model that has learned nothing
        train("prompt", base, 100);
    }

    private static void train(String type, Path base, double rate) throws IOException {
        SmallRun.adapter(folder.resolve(type), base, """
                {"type": "%s", "numVirtualTokens": %d, "standardDeviation": 1}""".formatted(type, TOKENS), 2, rate, 1);
    }

    @BeforeEach
    void open() throws IOException {
        Memories memories = new Memories(new SmallPlugins(), new ReverseMode());
        base = memories.open(memories.base(folder.resolve("base")), PluginChoice.of("java", Map.of()));
    }

    @AfterEach
    void close() {
        base.close();
    }

    private OpenBase.Writer writer(String type) throws IOException {
        return base.writer(TrainedAdapter.open(folder.resolve(type)));
    }

    private static Memory encode(OpenBase.Writer writer, String text) throws IOException {
        return writer.remember(text, "test", writer.encoder(), (passes, total) -> { }).memory();
    }

    private int[] prompt(Memory memory) {
        return base.base().question(memory, "Who has a dog?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefix", "prompt"})
    void whatWasWrittenIsKeptAndChangesTheAnswer(String type) throws IOException {
        try (OpenBase.Writer writer = writer(type)) {
            MemoryModel.Remembered remembered =
                    writer.remember("Ann has a cat.\nBob has a dog.", "test", writer.encoder(), (passes, total) -> { });
            assertNotEquals(remembered.encoding().before(), remembered.encoding().after());
            PeftMemoryStore store = new PeftMemoryStore();
            Path file = folder.resolve(type + "-memory");
            try (MemoryStore.Place place = store.reserve(file, false)) {
                place.write(remembered.memory());
            }
            Memory kept = store.read(file);
            try (OpenBase.Recollection written = base.recall(remembered.memory());
                    OpenBase.Recollection read = base.recall(kept);
                    OpenBase.Recollection other = base.recall(encode(writer, "Mia has an ant."))) {
                String answer = base.answer(written, prompt(kept), DECODING);
                assertEquals(answer, base.answer(read, prompt(kept), DECODING));
                assertNotEquals(answer, base.answer(base.nothing(), prompt(kept), DECODING), "the base alone");
                assertNotEquals(answer, base.answer(other, prompt(kept), DECODING), "of another text");
            }
        }
    }

    /** Each is answered as alone, though one has nothing before its prompt. */
    @Test
    void memoriesOfBothTypesAreAskedTogether() throws IOException {
        try (OpenBase.Writer prefix = writer("prefix");
                OpenBase.Writer prompt = writer("prompt");
                OpenBase.Recollection first = base.recall(encode(prefix, "Ann has a cat."));
                OpenBase.Recollection second = base.recall(encode(prompt, "Bob has a dog."))) {
            int[] question = base.base().encoder(new Prompts(false)).question(1, "Who has a dog?");
            List<OpenBase.Query> queries = List.of(new OpenBase.Query(first, question),
                    new OpenBase.Query(base.nothing(), Arrays.copyOf(question, question.length - 4)),
                    new OpenBase.Query(second, question));
            List<String> alone = queries.stream().map(query -> base.answer(query.memory(), query.prompt(), GREEDY)).toList();
            assertEquals(alone, base.answers(queries, GREEDY));
            assertEquals(3, alone.stream().distinct().count(), alone::toString);
        }
    }

    /** However long segments may be: the longest that is cut is read, behind the virtual tokens. */
    @ParameterizedTest
    @ValueSource(strings = {"prefix", "prompt"})
    void segmentsLeaveRoomForThem(String type) throws IOException {
        int positions = base.base().model().size().positions();
        try (OpenBase.Writer writer = writer(type)) {
            EpisodeEncoder encoder = writer.encoder(
                    TrainedAdapter.open(folder.resolve(type)).manifest().segments().atMost(2 * positions));
            String text = "a cat ".repeat(positions / 4);
            int longest = encoder.documents(encoder.segments(text)).stream().mapToInt(d -> d.tokens().length).max()
                    .orElseThrow();
            assertTrue(longest > positions - 20 && longest <= positions - TOKENS, longest + " of " + positions);
            Memory memory = writer.remember(text, "test", encoder, (passes, total) -> { }).memory();
            try (OpenBase.Recollection recollection = base.recall(memory)) {
                int[] tooLong = new int[positions - TOKENS + 1];
                String message = assertThrows(IllegalArgumentException.class,
                        () -> base.answer(recollection, tooLong, DECODING)).getMessage();
                assertTrue(message.endsWith("after " + TOKENS + " virtual ones"), message);
            }
        }
    }
}
