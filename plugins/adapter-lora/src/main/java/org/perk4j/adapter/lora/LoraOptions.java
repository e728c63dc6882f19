package org.perk4j.adapter.lora;

import java.util.List;
import org.perk4j.model.Site;
import org.perk4j.plugin.Option;

/**
 * The options of LoRA.
 *
 * <p>PEFT starts B at 0 unless told otherwise. Then the first gradient of A is 0, where AdamW has a
 * derivative of 1/ε: in a GPT-2 of 2 layers, 4 inner steps at a learning rate of 1e-3, the exact meta-gradient of B was
 * 2,000 times the first-order one; from a start of 3e-3 it was 2 times. The start should be several times the inner
 * learning rate, or AdamW's {@code epsilonInsideRoot} be set, which allows any. With rank-stabilised scaling it changes the
 * outputs of a layer whose inputs are normalised by some {@code initB·alpha/√3}.
 */
public record LoraOptions(
        @Option(help = "rank of the update of each layer", value = "16") int rank,
        @Option(help = "numerator of the update's scale", value = "16") double alpha,
        @Option(help = "scale by alpha/√rank, which suits any rank, instead of alpha/rank", value = "true")
        boolean rankStabilized,
        @Option(help = "share of a layer's input that the update doesn't see in training, from 0 to below 1",
                value = "0") double dropout,
        @Option(help = "the layers to adapt, by the ends of their names, such as c_attn; [] for all", value = "[]")
        List<String> targets,
        @Option(help = "standard deviation of A's initial elements; 0 for 1/√(3·inputs), as in PEFT", value = "0")
        double initA,
        @Option(help = "standard deviation of B's initial elements; PEFT's 0 makes meta-gradients through AdamW explode",
                value = "3e-3") double initB) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public LoraOptions {
        targets = List.copyOf(targets);
        require(rank >= 1, "rank must be at least 1");
        require(Double.isFinite(alpha), "alpha must be finite");
        require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1");
        require(initA >= 0 && Double.isFinite(initA), "initA must be at least 0");
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

    /** @throws IllegalArgumentException if a target is the name of no site */
    List<Site> choose(List<Site> sites) {
        for (String target : targets) {
            require(sites.stream().anyMatch(site -> isNamed(site, target)), "targets: no layer's name ends in "
                    + target + "; there are " + sites.stream().map(LoraOptions::shortName).distinct().toList());
        }
        return sites.stream().filter(site -> targets.isEmpty() || targets.stream().anyMatch(t -> isNamed(site, t)))
                .toList();
    }

    /** PEFT's rule: whole components of the name. */
    private static boolean isNamed(Site site, String target) {
        return site.name().equals(target) || site.name().endsWith("." + target);
    }

    static String shortName(Site site) {
        return site.name().substring(site.name().lastIndexOf('.') + 1);
    }
}
