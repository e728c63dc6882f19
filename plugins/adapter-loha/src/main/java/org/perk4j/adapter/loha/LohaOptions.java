package org.perk4j.adapter.loha;

import java.util.List;
import org.perk4j.formats.JsonValue;
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
        @Option(help = "modules of the base whose weights are learned too, by the ends of their names, such as ln_f",
                value = "[]") List<String> modulesToSave) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LohaOptions {
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
        if (!(initB2 >= 0 && Double.isFinite(initB2))) {
            throw new IllegalArgumentException("initB2 must be at least 0");
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
