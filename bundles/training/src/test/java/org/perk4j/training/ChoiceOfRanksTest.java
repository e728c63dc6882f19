package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Json;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;

/** What an adapter does after each step of a training: AdaLoRA's choice of ranks, which files and memories keep. */
class ChoiceOfRanksTest {

    private static final int LAYERS = 4;
    private static final int RANKS = 3;
    private static final int KEPT = 2;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void train() throws IOException {
        SmallRun.adapter(folder.resolve("adapter"), SmallRun.base(folder, 0.6), """
                {"type": "adalora", "initR": %d, "targetR": %d, "initE": 0.3}""".formatted(RANKS, KEPT), 2, 0.1, 3);
    }

    /** By the gradients that the adapter is handed: no rank has the importance 0 that it began with. */
    @Test
    void masksLeaveAsManyRanksAsTheBudgetHas() throws IOException {
        List<float[]> masks = learned(".mask");
        List<float[]> singularValues = learned(".lora_E");
        List<float[]> importance = learned(".importance");
        assertEquals(LAYERS, masks.size());
        int left = 0;
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int rank = 0; rank < RANKS; rank++) {
                left += (int) masks.get(layer)[rank];
                assertEquals(masks.get(layer)[rank] == 0, singularValues.get(layer)[rank] == 0);
                assertNotEquals(0, importance.get(layer)[rank]);
            }
        }
        assertEquals(LAYERS * KEPT, left);
    }

    /** Each layer what its mask leaves, and one rank where that is none. */
    @Test
    void filesAndMemoriesHaveTheRanksThatAreLeft() throws IOException {
        List<Long> left = learned(".mask").stream().map(mask -> IntStream.range(0, RANKS).filter(i -> mask[i] == 1).count())
                .map(ranks -> Math.max(1, ranks)).toList();
        assertEquals(left, ranks(Json.readObject(folder.resolve("adapter").resolve("adapter_config.json"))));
        Memories memories = new Memories(new SmallPlugins(), new ReverseMode());
        try (OpenBase base = memories.open(memories.base(folder.resolve("base")), PluginChoice.of("java", Map.of()));
                OpenBase.Writer writer = base.writer(TrainedAdapter.open(folder.resolve("adapter")))) {
            Memory memory = writer.remember("Ann has a cat.", "test", writer.encoder(), (passes, total) -> { }).memory();
            assertEquals(left, ranks(memory.configuration()));
            base.recall(memory).close();
        }
    }

    /** @return what was learned for each layer, under names with such an end */
    private static List<float[]> learned(String end) throws IOException {
        try (Safetensors file = Safetensors.open(folder.resolve("adapter").resolve(TrainedAdapter.PARAMETERS))) {
            List<float[]> found = new ArrayList<>();
            for (String name : new TreeSet<>(file.names())) {
                if (name.endsWith(end)) {
                    found.add(file.read(name));
                }
            }
            return found;
        }
    }

    private static List<Long> ranks(Map<String, Object> configuration) {
        Map<?, ?> pattern = (Map<?, ?>) configuration.get("rank_pattern");
        return new TreeMap<>(pattern).values().stream()
                .map(left -> ((List<?>) left).stream().filter(Boolean.TRUE::equals).count()).toList();
    }
}
