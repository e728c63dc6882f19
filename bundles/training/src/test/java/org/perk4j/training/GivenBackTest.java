package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.adapter.AdapterType;
import org.perk4j.backend.Scope;
import org.perk4j.data.Tokenizer;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;
import org.perk4j.tck.AnyFolder;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

/** A process that answers for weeks holds no more after thousands of questions and memories than after one: counted. */
class GivenBackTest {

    private static final Decoding DECODING = new Decoding(2, 0, 1, 0);

    @TempDir
    private static Path folder;

    private static Memory memory;

    private final Counting plugins = new Counting();

    @BeforeAll
    static void encode() throws IOException {
        Path base = SmallRun.base(folder, 0.3);
        SmallRun.adapter(folder, base, 1, 0.1);
        try (MemoryModel model = open(base, new SmallPlugins())) {
            TrainedAdapter trained = TrainedAdapter.open(folder.resolve("adapter"));
            MemoryModel.Writer writer = model.writer(trained);
            memory = writer.remember("Ann has a cat.", "test", writer.encoder(), (done, of) -> { }).memory();
        }
    }

    @Test
    void aModelThatWasClosedHoldsNothing() throws IOException {
        for (int i = 0; i < 20; i++) {
            Memories memories = new Memories(plugins, new ReverseMode());
            try (OpenBase base = memories.open(memories.base(folder.resolve("base")), PluginChoice.of("java", Map.of()));
                    OpenBase.Recollection recollection = base.recall(memory)) {
                assertEquals(1, plugins.tokenizers);
                base.answer(recollection, base.base().question(memory, "Who?"), DECODING);
            }
            plugins.assertNothingHeld();
        }
    }

    @Test
    void aModelThatCantBeOpenedHoldsNothing() throws IOException {
        Path small = Files.createDirectories(folder.resolve("small"));
        Files.copy(folder.resolve("base/model.safetensors"), small.resolve("model.safetensors"));
        Map<String, Object> config = new LinkedHashMap<>(Json.readObject(folder.resolve("base/config.json")));
        Map<String, Object> refused = Map.of("vocab_size", 100, "n_layer", 16_000_000, "n_head", 3);
        for (Map.Entry<String, Object> wrong : refused.entrySet()) {
            Map<String, Object> changed = new LinkedHashMap<>(config);
            changed.put(wrong.getKey(), wrong.getValue());
            Files.writeString(small.resolve("config.json"), Json.write(changed));
            assertThrows(IOException.class, () -> BaseModel.open(small, plugins), wrong::toString);
            assertEquals(1, plugins.opened, wrong::toString);
            plugins.opened = 0;
            plugins.assertNothingHeld();
        }
    }

    @Test
    void manyMemoriesAndQuestionsOfOneModel() throws IOException {
        try (MemoryModel model = open(folder.resolve("base"), plugins)) {
            List<Map<Class<?>, Integer>> held = new ArrayList<>();
            List<Long> bytes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                try (Scope scope = model.compute().scope()) {
                    model.recall(memory);
                    model.writer(TrainedAdapter.open(folder.resolve("adapter")));
                }
                held.add(Map.copyOf(plugins.leases));
                bytes.add(model.compute().memory().liveBytes());
            }
            assertEquals(1, held.get(0).get(AdapterType.class));
            assertEquals(1, held.stream().distinct().count(), () -> "leases: " + held.get(49));
            assertEquals(1, bytes.stream().distinct().count(), () -> "bytes of tensors: " + bytes);
        }
        plugins.assertNothingHeld();
    }

    private static MemoryModel open(Path base, Plugins plugins) throws IOException {
        return MemoryModel.open(BaseModel.open(base, plugins), PluginChoice.of("java", Map.of()), plugins,
                new ReverseMode());
    }

    /** Counts what is leased and opened and not given back. */
    private static final class Counting implements Plugins {

        private final Plugins counted = new SmallPlugins(new AnyFolder(this::open));
        private final Map<Class<?>, Integer> leases = new HashMap<>();
        private int opened;
        private int tokenizers;

        @Override
        public <T> Lease<T> lease(Class<T> kind, String type) {
            Lease<T> lease = counted.lease(kind, type);
            leases.merge(kind, 1, Integer::sum);
            return new Lease<>() {

                private boolean closed;

                @Override
                public T get() {
                    return lease.get();
                }

                @Override
                public String bundle() {
                    return lease.bundle();
                }

                @Override
                public void close() {
                    if (!closed) {
                        closed = true;
                        lease.close();
                        leases.computeIfPresent(kind, (key, count) -> count == 1 ? null : count - 1);
                    }
                }
            };
        }

        @Override
        public List<String> types(Class<?> kind) {
            return counted.types(kind);
        }

        private Tokenizer open() {
            opened++;
            tokenizers++;
            return new Counted();
        }

        void assertNothingHeld() {
            assertEquals(Map.of(), leases);
            assertEquals(0, tokenizers, "tokenizers that nobody closed");
        }

        private final class Counted extends ForwardingTokenizer {

            private boolean closed;

            private Counted() {
                super(new ByteTokenizer());
            }

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    tokenizers--;
                }
            }
        }
    }
}
