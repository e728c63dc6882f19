package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel.Weighted;
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
        return writer.remember(text, "test", writer.encoder(), (passes, total) -> { }).memory();
    }

    private String ask(Memory memory) throws IOException {
        try (OpenBase.Recollection recollection = base.recall(memory)) {
            return base.answer(recollection, base.base().question(memory, "Who has a dog?"), DECODING);
        }
    }

    /** @return without what is kept of answers */
    private long bytesInUse() {
        base.forget();
        return backend.compute.memory().liveBytes();
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
            long bytes = bytesInUse();
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
            assertEquals(bytes, bytesInUse());
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void severalMemoriesAreAskedTogetherAndClosedInAnyOrder() throws IOException {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            long bytes = bytesInUse();
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
            assertEquals(bytes, bytesInUse());
        }
    }

    /** In place, and as a model of its own; closed, it is unmerged. */
    @Test
    void mergedTheBaseAnswersByItself() throws IOException {
        Path merged = folder.resolve("merged");
        try (OpenBase.Writer writer = base.writer(adapter)) {
            List<Memory> memories = List.of(encode(writer, TEXTS.get(0)), encode(writer, TEXTS.get(1)));
            int[] prompt = base.base().question(memories, "Who has a dog?");
            List<Weighted> weighted = List.of(new Weighted(memories.get(0), 0.9), new Weighted(memories.get(1), -0.3));
            String nothing = base.answer(base.nothing(), prompt, DECODING);
            String expected;
            List<String> changed;
            long bytes = backend.compute.memory().liveBytes();
            try (OpenBase.Recollection both = base.recall(weighted)) {
                expected = base.answer(both, prompt, DECODING);
                changed = base.writeMerged(both, merged);
                try (OpenBase.Recollection within = base.merge(both)) {
                    both.close();
                    assertEquals(expected, base.answer(within, prompt, DECODING));
                    assertEquals(nothing, base.answer(base.nothing(), prompt, DECODING));
                }
            }
            assertEquals(bytes, backend.compute.memory().liveBytes());
            assertNotEquals(nothing, expected);
            assertNotEquals(expected, ask(memories.get(0)));
            assertEquals(4, changed.size(), changed::toString);
            Memories others = new Memories(new SmallPlugins(), new ReverseMode());
            try (OpenBase model = others.open(others.base(merged), PluginChoice.of("java", Map.of()))) {
                assertEquals(expected, model.answer(model.nothing(), prompt, DECODING));
                assertThrows(IOException.class, () -> model.recall(memories.get(0)), "it is another base");
            }
            assertThrows(IOException.class, () -> base.writeMerged(base.nothing(), merged));
        }
    }

    /** What was changed is written in float32, the rest as it is stored, which is told to transformers. */
    @Test
    void whatIsMergedIsNotRounded() throws IOException {
        Path narrow = narrow(folder.resolve("base"), folder.resolve("narrow"));
        Memories memories = new Memories(new SmallPlugins(), new ReverseMode());
        try (OpenBase.Writer writer = base.writer(adapter);
                OpenBase rounded = memories.open(memories.base(narrow), PluginChoice.of("java", Map.of()))) {
            Memory memory = encode(writer, TEXTS.get(0));
            Memory ofAny = new Memory(memory.adapterType(), memory.options(), memory.configuration(), Memory.UNKNOWN_BASE,
                    memory.provenance(), memory.tensors());
            Path written = folder.resolve("narrow-merged");
            try (OpenBase.Recollection recollection = rounded.recall(ofAny)) {
                List<String> changed = rounded.writeMerged(recollection, written);
                try (Safetensors weights = Safetensors.open(written.resolve("model.safetensors"))) {
                    for (String name : weights.names()) {
                        assertEquals(changed.contains(name) ? "F32" : "BF16", weights.dtype(name), name);
                    }
                }
                assertEquals("float32", Json.readObject(written.resolve("config.json")).get("dtype"));
                int[] prompt = rounded.base().question(ofAny, "Who has a dog?");
                try (OpenBase model = memories.open(memories.base(written), PluginChoice.of("java", Map.of()))) {
                    assertEquals(rounded.answer(recollection, prompt, DECODING),
                            model.answer(model.nothing(), prompt, DECODING));
                }
            }
        }
    }

    /** @return a copy of a model with its weights in bfloat16 */
    private static Path narrow(Path model, Path copy) throws IOException {
        Files.createDirectories(copy);
        Map<String, Object> config = new LinkedHashMap<>(Json.readObject(model.resolve("config.json")));
        config.put("dtype", "bfloat16");
        Files.writeString(copy.resolve("config.json"), Json.write(config));
        List<SafetensorsEntry> entries = new ArrayList<>();
        try (Safetensors weights = Safetensors.open(model.resolve("model.safetensors"))) {
            for (String name : weights.names()) {
                float[] elements = weights.read(name);
                entries.add(new SafetensorsEntry(name, weights.dimensions(name), SafetensorsEntry.Stored.BF16,
                        () -> FloatBuffer.wrap(elements)));
            }
        }
        Safetensors.write(copy.resolve("model.safetensors"), Map.of(), entries);
        return copy;
    }

    @Test
    void whatCannotBeRecalledLeavesNothingBehind() throws IOException {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            Memory whole = encode(writer, TEXTS.get(0));
            Memory empty = new Memory(whole.adapterType(), whole.options(), whole.configuration(), whole.baseFingerprint(),
                    whole.provenance(), Map.of());
            long bytes = bytesInUse();
            assertThrows(IOException.class, () -> base.recall(empty));
            assertEquals(bytes, bytesInUse());
        }
    }

    @Test
    void aMemoryStaysUntilAllWhoUseItHaveClosedIt() throws IOException {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            Memory memory = encode(writer, TEXTS.get(0));
            String expected = ask(memory);
            OpenBase.Query query = new OpenBase.Query(base.recall(memory), base.base().question(memory, "Who has a dog?"));
            long bytes = bytesInUse();
            assertSame(query.memory(), query.memory().use());
            query.memory().close();
            assertEquals(expected, base.answers(List.of(query), DECODING).get(0));
            assertEquals(bytes, bytesInUse());
            query.memory().close();
            assertTrue(bytes > bytesInUse());
            assertThrows(IllegalStateException.class, () -> query.memory().use());
        }
    }

    /** One that is read slowly, one that is no longer wanted, and a memory that is closed in the midst of its answer. */
    @Test
    void answersAreReadAsTheyGrow() throws Exception {
        try (OpenBase.Writer writer = base.writer(adapter)) {
            Memory memory = encode(writer, TEXTS.get(0));
            int[] prompt = base.base().question(memory, "Who has a dog?");
            String whole = ask(memory);
            long bytes = bytesInUse();
            OpenBase.Recollection recollection = base.recall(memory);
            List<String> seen = new ArrayList<>();
            OpenBase.Answer answer = base.answerInFull(new OpenBase.Query(recollection, prompt), DECODING, text -> {
                if (seen.isEmpty()) {
                    recollection.close();
                }
                seen.add(text);
                return true;
            });
            assertEquals(whole, answer.text());
            assertEquals(whole, seen.get(seen.size() - 1));
            assertTrue(seen.size() > 2 && seen.stream().allMatch(whole::startsWith), seen::toString);
            assertEquals(new OpenBase.Answer(whole, prompt.length, 8, OpenBase.Answer.End.LIMIT, answer.probability()),
                    answer);
            assertTrue(answer.probability() > 0 && answer.probability() < 1, answer.toString());
            assertEquals(bytes, bytesInUse());
            OpenBase.Query closed = new OpenBase.Query(recollection, prompt);
            assertThrows(IllegalStateException.class, () -> base.answers(List.of(closed), DECODING));

            base.nothing().close(); // which changes nothing
            OpenBase.Answer stopped = base.answer(new OpenBase.Query(base.nothing(), prompt), DECODING, text -> false);
            assertEquals(OpenBase.Answer.End.STOPPED, stopped.end());
            assertEquals(1, stopped.tokens());
            assertEquals(bytes, bytesInUse());
        }
    }

    /** While somebody reads, nothing waits for him: another asks and encodes meanwhile, within that very call. */
    @Test
    void whoReadsSlowlyKeepsNobodyWaiting() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (OpenBase.Writer writer = base.writer(adapter)) {
            Memory memory = encode(writer, TEXTS.get(0));
            String expected = ask(memory);
            int[] prompt = base.base().question(memory, "Who?");
            List<String> meanwhile = new ArrayList<>();
            base.answer(new OpenBase.Query(base.nothing(), prompt), DECODING, text -> {
                if (meanwhile.isEmpty()) {
                    meanwhile.add(inOther(other, () -> ask(encode(writer, TEXTS.get(0)))));
                }
                return true;
            });
            assertEquals(List.of(expected), meanwhile);
            writer.remember(TEXTS.get(1), "test", writer.encoder(), (passes, total) -> {
                if (meanwhile.size() == 1) {
                    meanwhile.add(inOther(other, () -> ask(memory)));
                }
            });
            assertEquals(List.of(expected, expected), meanwhile);
        } finally {
            other.shutdown();
        }
    }

    private static String inOther(ExecutorService other, Callable<String> work) {
        try {
            return other.submit(work).get(1, TimeUnit.MINUTES);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
