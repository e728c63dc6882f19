package org.perk4j.optimizer.muon;

import java.util.List;
import org.perk4j.plugin.Option;

/** The options of Muon; the defaults are PyTorch's. */
public record MuonOptions(
        @Option(help = "how much of the momentum is kept from step to step, from 0 to below 1", value = "0.95")
        double momentum,
        @Option(help = "look ahead along the momentum (Nesterov)", value = "true") boolean nesterov,
        @Option(help = "how often the Newton-Schulz polynomial is applied", value = "5") int iterations,
        @Option(help = "the scale of a matrix's direction: the root of rows/columns if above 1 (original), or 0.2 times the "
                + "root of the larger, so that AdamW's learning rates fit (match_adamw)", value = "original") Scale scale,
        @Option(help = "matrices that move as with AdamW, by the ends of their names: embeddings", value =
                "[\"wte.weight\", \"wpe.weight\", \"embed_tokens.weight\", \"lm_head.weight\"]") List<String> others,
        @Option(help = "factor on the direction of parameters that move as with AdamW, whose learning rates are smaller",
                value = "0.015") double othersScale,
        @Option(help = "share of a parameter that a step takes away, times the learning rate", value = "0.1")
        double weightDecay) {

    /** The factor on a matrix's direction, which makes one learning rate suit matrices of all shapes. */
    public enum Scale {
        /** {@code √max(1, rows/columns)}. */
        ORIGINAL,
        /** {@code 0.2·√max(rows, columns)} (Liu et al. 2025, arXiv 2502.16982). */
        MATCH_ADAMW
    }

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public MuonOptions {
        others = List.copyOf(others);
        require(momentum >= 0 && momentum < 1, "momentum must be at least 0 and below 1");
        require(iterations >= 1 && iterations < 100, "iterations must be at least 1 and below 100");
        require(othersScale >= 0, "othersScale must be at least 0");
        require(weightDecay >= 0, "weightDecay must be at least 0");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
