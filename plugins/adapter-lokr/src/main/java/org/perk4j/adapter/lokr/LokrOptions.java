package org.perk4j.adapter.lokr;

import java.util.List;
import org.perk4j.formats.JsonValue;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of LoKr. */
public record LokrOptions(
        @Option(help = "rank of what is of low rank", value = "8") int rank,
        @Option(help = "numerator of the update's scale, alpha/rank", value = "8") double alpha,
        @Option(help = "rows and columns of W₁, if they divide the layer's; -1 for numbers near their square roots",
                value = "-1")
        int decomposeFactor,
        @Option(help = "let W₁ be of low rank too", value = "false") boolean decomposeBoth,
        @Option(help = "standard deviation of the initial elements of W₁, or of its first factor; PEFT's 0 begins without "
                + "a change", value = "0") double initW1,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LokrOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        LearnedWeights.withoutBiases(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        require(rank >= 1, "rank must be at least 1");
        require(Double.isFinite(alpha), "alpha must be finite");
        require(decomposeFactor == -1 || decomposeFactor >= 1, "decomposeFactor must be at least 1, or -1");
        require(initW1 >= 0 && Double.isFinite(initW1), "initW1 must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
