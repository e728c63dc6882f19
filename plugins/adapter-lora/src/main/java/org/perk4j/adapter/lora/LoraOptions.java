package org.perk4j.adapter.lora;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Site;
import org.perk4j.peft.LayerOptions;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.Patterns;
import org.perk4j.plugin.Option;

/**
 * The options of LoRA.
 *
 * <p>By default, PEFT initializes B with 0. Then the first gradient of A is 0, where AdamW has a derivative of 1/ε: in a
 * GPT-2 of 2 layers, with 4 inner steps at a learning rate of 1e-3, the exact meta-gradient of B was 2,000 times the
 * first-order one; with an {@code initB} of 3e-3 it was 2 times. {@code initB} should be several times the inner learning
 * rate, or AdamW's {@code epsilonInsideRoot} be set, which allows any value. With rank-stabilized scaling it changes the
 * outputs of a layer whose inputs are normalized by about {@code initB·alpha/√3}.
 */
public record LoraOptions(
        @Option(help = "rank of the update of each layer", value = "16") int rank,
        @Option(help = "numerator of the update's scale", value = "16") double alpha,
        @Option(help = "scale by alpha/√rank, which suits any rank, instead of alpha/rank", value = "true")
        boolean rankStabilized,
        @Option(help = "share of a layer's input that the update doesn't see in training, from 0 to below 1",
                value = "0") double dropout,
        @Option(help = Modules.TARGETS, value = Modules.ALL_BY_DEFAULT) JsonValue targetModules,
        @Option(help = Modules.EXCLUDED, value = "[]") JsonValue excludeModules,
        @Option(help = Modules.BLOCKS, value = "[]") List<Integer> layersToTransform,
        @Option(help = "ranks of some layers: regular expressions for the ends of their names, with a rank each",
                value = "{}")
        JsonValue rankPattern,
        @Option(help = "alphas of some layers, in the same way", value = "{}") JsonValue alphaPattern,
        @Option(help = "standard deviation of A's initial elements; 0 for 1/√(3·inputs), as in PEFT", value = "0")
        double initA,
        @Option(help = "standard deviation of B's initial elements; PEFT's 0 makes meta-gradients through AdamW explode",
                value = "3e-3") double initB,
        @Option(help = "how A and B begin: drawn (normal), as the weight's principal components (pissa), or as the first "
                + "columns of its QR decomposition (olora); then initA and initB don't matter", value = "normal")
        InitLoraWeights initLoraWeights,
        @Option(help = "how many times as large as A's learning rates B's are (LoRA+)", value = "1") double loraplusLrRatio,
        @Option(help = LearnedWeights.BIASES + LoraOptions.OWN_BIASES, value = "none") String bias,
        @Option(help = LearnedWeights.MODULES, value = "[]") List<String> modulesToSave) implements LayerOptions {

    static final String OWN_BIASES = "lora_only";

    private static final JsonValue NONE = JsonValue.of(List.of());

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LoraOptions {
        layersToTransform = List.copyOf(layersToTransform);
        require(rank >= 1, "rank must be at least 1");
        require(Double.isFinite(alpha), "alpha must be finite");
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1");
        require(initA >= 0 && Double.isFinite(initA), "initA must be at least 0");
        require(initB >= 0 && Double.isFinite(initB), "initB must be at least 0");
        require(loraplusLrRatio > 0 && Double.isFinite(loraplusLrRatio), "loraplusLrRatio must be above 0");
        require(initLoraWeights == InitLoraWeights.NORMAL || alpha > 0, "alpha must be above 0 with " + initLoraWeights);
        modulesToSave = List.copyOf(modulesToSave);
        new LearnedWeights(bias, modulesToSave).require(OWN_BIASES);
        new Modules(targetModules, excludeModules, layersToTransform);
        new Patterns("rankPattern", rankPattern);
        new Patterns("alphaPattern", alphaPattern);
    }

    /** Makes options with one rank and scale for all adapted layers. */
    public LoraOptions(int rank, double alpha, boolean rankStabilized, double dropout, List<String> targets, double initA,
                       double initB) {
        this(rank, alpha, rankStabilized, dropout, JsonValue.of(targets.isEmpty() ? Modules.ALL : targets), NONE, List.of(),
                JsonValue.of(Map.of()), JsonValue.of(Map.of()), initA, initB, InitLoraWeights.NORMAL, 1, LearnedWeights.NONE,
                List.of());
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** @return the rank of a layer's update */
    int rank(Site site) {
        double number = new Patterns("rankPattern", rankPattern).of(site.name(), rank);
        require(number >= 1 && number == Math.rint(number), "rankPattern: " + number + " is not a rank: must be at least 1");
        return (int) number;
    }

    /** @return the factor on a layer's update */
    double scale(Site site) {
        double own = new Patterns("alphaPattern", alphaPattern).of(site.name(), alpha);
        return rankStabilized ? own / Math.sqrt(rank(site)) : own / rank(site);
    }

    /** @return plain LoRA of twice the rank, with the same factor on updates */
    LoraOptions doubled() {
        double factor = rankStabilized ? Math.sqrt(2) : 2;
        return new LoraOptions(2 * rank, alpha * factor, rankStabilized, dropout, targetModules, excludeModules,
                layersToTransform, times(rankPattern, 2), times(alphaPattern, factor), initA, initB, InitLoraWeights.NORMAL,
                loraplusLrRatio, bias, modulesToSave);
    }

    private static JsonValue times(JsonValue pattern, double factor) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        pattern.members().forEach((name, number) -> numbers.put(name,
                ((Number) number.content()).doubleValue() * factor));
        return JsonValue.of(numbers);
    }

    /** @throws IllegalArgumentException if a target names no site */
    List<Site> choose(List<Site> sites) {
        return modules().choose(sites);
    }
}
