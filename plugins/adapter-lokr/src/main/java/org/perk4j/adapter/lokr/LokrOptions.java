package org.perk4j.adapter.lokr;

import java.util.List;
import org.perk4j.formats.JsonValue;
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
        @Option(help = "modules of the base whose weights are learned too, by the ends of their names, such as ln_f",
                value = "[]") List<String> modulesToSave) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LokrOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        LearnedWeights.withoutBiases(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        if (!(rank >= 1)) {
            throw new IllegalArgumentException("rank must be at least 1");
        }
        if (!(Double.isFinite(alpha))) {
            throw new IllegalArgumentException("alpha must be finite");
        }
        if (!(decomposeFactor == -1 || decomposeFactor >= 1)) {
            throw new IllegalArgumentException("decomposeFactor must be at least 1, or -1");
        }
        if (!(initW1 >= 0 && Double.isFinite(initW1))) {
            throw new IllegalArgumentException("initW1 must be at least 0");
        }
    }

    /** @return the layers that are adapted */
    Modules modules() {
        return new Modules(targetModules, excludeModules, layersToTransform);
    }

    /** @return the weights of the base that are learned in addition */
    LearnedWeights learnedWeights() {
        return LearnedWeights.withoutBiases(modulesToSave);
    }
}
