package org.perk4j.adapter.loha;

import java.util.List;
import org.perk4j.formats.JsonValue;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of LoHa. */
public record LohaOptions(
        @Option(help = "rank of each of the two products", value = "8") int rank,
        @Option(help = "numerator of the update's scale, alpha/rank", value = "8") double alpha,
        @Option(help = "standard deviation of B₂'s initial elements; PEFT's 0 begins without a change",
                value = "0") double initB2,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LohaOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        LearnedWeights.withoutBiases(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        require(rank >= 1, "rank must be at least 1");
        require(Double.isFinite(alpha), "alpha must be finite");
        require(initB2 >= 0 && Double.isFinite(initB2), "initB2 must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
