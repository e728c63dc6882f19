package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;

/** One base that many encode with and ask, at the same time. */
class MemoriesTest {

    private static final Decoding DECODING = new Decoding(8, 1, 1, 3);
    private static final List<String> TEXTS = List.of("Ann has a cat.\nBob has a dog.", "Eve has a bird.\nTed has a fish.",
            "Mia has an ant.\nZoe has a cow.");

    @TempDir
    private static Path folder;

    private final WatchedBackend backend = new WatchedBackend();
    private OpenBase base;
    private TrainedAdapter adapter;

    @BeforeAll
    static void train() throws IOException {
        SmallRun.adapter(folder, SmallRun.base(folder, 0.6), 2, 1);
    }

    @BeforeEach
    void open() throws IOException {
        Memories memories = new Memories(new SmallPlugins(backend), new ReverseMode());
        base = memories.open(memories.base(folder.resolve("base")), PluginChoice.of("java", Map.of()));
        adapter = TrainedAdapter.open(folder.resolve("adapter"));
    }

    @AfterEach
    void close() {
        base.close();
    }

    private Memory encode(OpenBase.Writer writer, String text) throws IOException {
        return writer.remember(text, "test", adapter.encoder(base.base()), (passes, total) -> { }).memory();
    }

    private String ask(Memory memory) throws IOException {
        try (OpenBase.Recollection recollection = base.recall(memory)) {
            return base.answer(recollection, base.base().question(memory, "Who has a dog?"), DECODING);
        }
    }

    @Test
    void manyThreadsEncodeAndAskAsOneDoes() throws Exception {
        List<Memory> memories = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try (OpenBase.Writer writer = base.writer(adapter)) {
            for (String text : TEXTS) {
                memories.add(encode(writer, text));
                expected.add(ask(memories.get(memories.size() - 1)));
            }
            assertEquals(TEXTS.size(), expected.stream().distinct().count(), expected::toString);
            long bytes = backend.compute.memory().liveBytes();
            List<Callable<String>> work = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                int number = i % TEXTS.size();
                boolean anew = i % 5 == 0;
                work.add(() -> ask(anew ? encode(writer, TEXTS.get(number)) : memories.get(number)));
            }
            List<Future<String>> answers = threads.invokeAll(work);
            for (int i = 0; i < answers.size(); i++) {
                assertEquals(expected.get(i % TEXTS.size()), answers.get(i).get(), "question " + i);
            }
            assertEquals(bytes, backend.compute.memory().liveBytes());
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void severalMemoriesAreAskedTogetherAndClosedInAnyOrder() throws IOException {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            long bytes = backend.compute.memory().liveBytes();
            List<OpenBase.Recollection> recollections = new ArrayList<>();
            List<String> alone = new ArrayList<>();
            List<OpenBase.Query> queries = new ArrayList<>();
            for (String text : TEXTS) {
                Memory memory = encode(writer, text);
                recollections.add(base.recall(memory));
                int[] prompt = base.base().question(memory, "Who has a dog?");
                queries.add(new OpenBase.Query(recollections.get(recollections.size() - 1), prompt));
                alone.add(base.answer(queries.get(queries.size() - 1).memory(), prompt, Decoding.greedy(8)));
            }
            assertArrayEquals(alone.toArray(), base.answers(queries, Decoding.greedy(8)).toArray());
            assertNotEquals(alone.get(0), base.answer(base.nothing(), queries.get(0).prompt(), Decoding.greedy(8)));
            recollections.get(0).close();
            assertEquals(alone.get(1), base.answers(queries.subList(1, 3), Decoding.greedy(8)).get(0));
            recollections.get(2).close();
            recollections.get(1).close();
            assertEquals(bytes, backend.compute.memory().liveBytes());
        }
    }

    @Test
    void whatCannotBeRecalledLeavesNothingBehind() throws IOException {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            Memory whole = encode(writer, TEXTS.get(0));
            Memory empty = new Memory(whole.adapterType(), whole.options(), whole.configuration(), whole.baseFingerprint(),
                    whole.provenance(), Map.of());
            long bytes = backend.compute.memory().liveBytes();
            assertThrows(IOException.class, () -> base.recall(empty));
            assertEquals(bytes, backend.compute.memory().liveBytes());
        }
    }
}
