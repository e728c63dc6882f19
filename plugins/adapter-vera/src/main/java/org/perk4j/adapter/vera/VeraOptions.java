package org.perk4j.adapter.vera;

import java.util.List;
import org.perk4j.formats.JsonValue;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of VeRA. */
public record VeraOptions(
        @Option(help = "rank of the shared projections", value = "256") int rank,
        @Option(help = "share of a layer's input that the update doesn't see in training, from 0 to below 1",
                value = "0") double dropout,
        @Option(help = "initial value of d", value = "0.1") double initD,
        @Option(help = "initial value of b; PEFT's 0 begins without a change", value = "0") double initB,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.BIASES + VeraOptions.OWN_BIASES, value = "none") String bias,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    static final String OWN_BIASES = "vera_only";

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public VeraOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        new LearnedWeights(bias, modulesToSave).require(OWN_BIASES);
        new Modules(targetModules, excludeModules, layersToTransform);
        require(rank >= 1, "rank must be at least 1");
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1");
        require(Double.isFinite(initD), "initD must be finite");
        require(Double.isFinite(initB), "initB must be finite");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
