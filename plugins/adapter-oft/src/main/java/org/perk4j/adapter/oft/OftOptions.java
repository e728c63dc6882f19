package org.perk4j.adapter.oft;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Site;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of OFT. */
public record OftOptions(
        @Option(help = "inputs that are rotated together, or a number near that which divides the layer's inputs; 0 if r is "
                + "given", value = "32") int oftBlockSize,
        @Option(help = "blocks of inputs of a layer, in place of their size", value = "0") int r,
        @Option(help = "rotate all blocks of a layer alike", value = "false") boolean blockShare,
        @Option(help = "terms of the series that stands in for an inverse: more are closer to a rotation", value = "5")
        int numCayleyNeumannTerms,
        @Option(help = "standard deviation of the initial elements; PEFT's 0 begins without a change", value = "0")
        double initR,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.BIASES + OftOptions.OWN_BIASES, value = "none") String bias,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    static final String OWN_BIASES = "oft_only";

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public OftOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        new LearnedWeights(bias, modulesToSave).require(OWN_BIASES);
        require(oftBlockSize >= 0, "oftBlockSize must not be negative");
        require(r >= 0, "r must not be negative");
        require(oftBlockSize == 0 ^ r == 0, "oftBlockSize and r: one of them must be 0, since each determines the other");
        require(numCayleyNeumannTerms >= 2, "numCayleyNeumannTerms must be at least 2");
        require(initR >= 0 && Double.isFinite(initR), "initR must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** @return the number of inputs of a layer that are rotated together */
    int blockSize(Site site) {
        return r == 0 ? divisor(site.inputs(), oftBlockSize) : site.inputs() / divisor(site.inputs(), r);
    }

    /** @return the nearest divisor, or the smaller of two, as in PEFT */
    private static int divisor(int number, int wanted) {
        return IntStream.rangeClosed(1, number).filter(i -> number % i == 0).boxed()
                .min((a, b) -> Integer.compare(Math.abs(a - wanted), Math.abs(b - wanted))).orElseThrow();
    }
}
