package org.perk4j.adapter.ia3;

import java.util.List;
import org.perk4j.formats.JsonValue;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of (IA)³. */
public record Ia3Options(
        @Option(help = "of those layers the ones whose inputs are multiplied instead of their outputs, by the ends of "
                + "their names, such as down_proj", value = "[]") List<String> feedforwardModules,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public Ia3Options {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        LearnedWeights.withoutBiases(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        feedforwardModules = List.copyOf(feedforwardModules);
    }

    /** @return whether a layer's inputs are multiplied instead of its outputs */
    boolean isFeedforward(String layer) {
        return Modules.isNamedAny(layer, feedforwardModules);
    }
}
