package org.perk4j.adapter.dora;

import java.util.List;
import org.perk4j.formats.JsonValue;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of DoRA. */
public record DoraOptions(
        @Option(help = "rank of the update of each layer", value = "16") int rank,
        @Option(help = "numerator of the update's scale", value = "16") double alpha,
        @Option(help = "scale by alpha/√rank, which suits any rank, instead of alpha/rank",
                value = "true") boolean rankStabilized,
        @Option(help = "share of a layer's input that the update doesn't see in training, from 0 to below 1",
                value = "0") double dropout,
        @Option(help = "standard deviation of B's initial elements", value = "3e-3") double initB,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.BIASES + DoraOptions.OWN_BIASES, value = "none") String bias,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    static final String OWN_BIASES = "lora_only";

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public DoraOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        new LearnedWeights(bias, modulesToSave).require(OWN_BIASES);
        new Modules(targetModules, excludeModules, layersToTransform);
        require(rank >= 1, "rank must be at least 1");
        require(Double.isFinite(alpha), "alpha must be finite");
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1");
        require(initB >= 0 && Double.isFinite(initB), "initB must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    double scale() {
        return rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}
