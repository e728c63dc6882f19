package org.perk4j.adapter.adalora;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Site;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.plugin.Option;

/** The options of AdaLoRA. */
public record AdaLoraOptions(
        @Option(help = "rank of the update of each layer at first", value = "12") int initR,
        @Option(help = "mean rank of the layers in the end; as much as initR for no choice of ranks", value = "8")
        int targetR,
        @Option(help = "numerator of the update's scale, alpha/initR", value = "8") double alpha,
        @Option(help = "steps of meta-training before ranks are taken away", value = "0") int tinit,
        @Option(help = "last steps of meta-training, in which the ranks are as they will be", value = "0") int tfinal,
        @Option(help = "steps from one choice of ranks to the next", value = "1") int deltaT,
        @Option(help = "how much of the mean importance of a singular value is kept from step to step, from 0 to below 1",
                value = "0.85") double beta1,
        @Option(help = "how much of the mean uncertainty of that is kept, from 0 to below 1", value = "0.85") double beta2,
        @Option(help = "weight of the penalty in the loss of each inner step: the mean over all A and B of how far they are "
                + "from orthonormal, as a squared Frobenius norm", value = "0.5") double orthRegWeight,
        @Option(help = "which ranks are left, as true and false by the names of layers followed by .lora_E; {} for all",
                value = "{}") JsonValue rankPattern,
        @Option(help = "share of a layer's input that the update doesn't see in training, from 0 to below 1",
                value = "0") double dropout,
        @Option(help = "standard deviation of E's initial elements; PEFT's 0 makes meta-gradients through AdamW explode",
                value = "3e-3") double initE,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = LearnedWeights.BIASES + AdaLoraOptions.OWN_BIASES, value = "none") String bias,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    static final String OWN_BIASES = "lora_only";

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public AdaLoraOptions {
        layersToTransform = List.copyOf(layersToTransform);
        modulesToSave = List.copyOf(modulesToSave);
        new Modules(targetModules, excludeModules, layersToTransform);
        new LearnedWeights(bias, modulesToSave).require(OWN_BIASES);
        require(initR >= 1, "initR must be at least 1");
        require(targetR >= 1 && targetR <= initR, "targetR must be from 1 to initR, which is " + initR);
        require(alpha > 0 && Double.isFinite(alpha), "alpha must be above 0");
        require(tinit >= 0, "tinit must not be negative");
        require(tfinal >= 0, "tfinal must not be negative");
        require(deltaT >= 1, "deltaT must be at least 1");
        require(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1");
        require(orthRegWeight >= 0 && Double.isFinite(orthRegWeight), "orthRegWeight must be at least 0");
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1");
        require(initE >= 0 && Double.isFinite(initE), "initE must be at least 0");
        requirePattern(rankPattern, initR);
        require(rankPattern.members().isEmpty() || targetR == initR, "rankPattern: the ranks are already chosen: set "
                + "targetR to initR, which is " + initR);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private static void requirePattern(JsonValue pattern, int ranks) {
        require(pattern.members() != null, "rankPattern: must be an object of lists of true and false");
        pattern.members().forEach((name, list) -> {
            require(list.elements() != null && list.elements().size() == ranks
                            && list.elements().stream().allMatch(left -> left.content() instanceof Boolean),
                    "rankPattern." + name + ": must be a list of " + ranks + " times true or false");
        });
    }

    /** @return whether training chooses among the ranks */
    boolean choosesRanks() {
        return targetR < initR;
    }

    /** @return these options with the ranks chosen */
    AdaLoraOptions chosen(JsonValue pattern) {
        return new AdaLoraOptions(initR, initR, alpha, tinit, tfinal, deltaT, beta1, beta2, orthRegWeight, pattern, dropout,
                initE, targetModules, excludeModules, layersToTransform, bias, modulesToSave);
    }

    /** @return the numbers of the ranks that a layer keeps */
    int[] ranks(Site site) {
        JsonValue left = rankPattern.members().get(patternName(site));
        return IntStream.range(0, initR).filter(i -> left == null || (Boolean) left.elements().get(i).content()).toArray();
    }

    static String patternName(Site site) {
        return site.name() + ".lora_E";
    }

    /** Like PEFT, divides by the initial rank even where fewer ranks are left. */
    double scale() {
        return alpha / (initR + 1e-5);
    }
}
