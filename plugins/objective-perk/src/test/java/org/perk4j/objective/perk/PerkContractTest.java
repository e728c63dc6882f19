package org.perk4j.objective.perk;

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.tck.ObjectiveContract;

/** With token weighting and without, learning rates of all kinds, and products that are kept. */
class PerkContractTest extends ObjectiveContract {

    @Override
    protected ObjectiveType<?> type() {
        return new Perk();
    }

    @Override
    protected List<Map<String, ?>> options() {
        return List.of(
                Map.of("steps", 3, "learningRate", 0.3, "weightingUnits", 4, "microBatchTokens", 1),
                Map.of("steps", 2, "learningRate", 0.3, "weightingUnits", 4, "normalizeWeights", true, "rates", "layer",
                        "keepMegabytes", 1, "mean", "root_segments"),
                Map.of("steps", 2, "learningRate", 0.3, "tokenWeighting", false, "rates", "element", "bound", 0.1,
                        "keepOnDiskMegabytes", 1),
                Map.of("steps", 2, "learningRate", 0.3, "weightingUnits", 4, "unroll", 0));
    }

    @Override
    protected boolean isSlope(Map<String, ?> options) {
        return !options.containsKey("unroll");
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        return Map.of("steps", Map.of("steps", 0), "unroll", Map.of("unroll", 5),
                "weightingUnits", Map.of("weightingUnits", 0), "bound", Map.of("bound", -1),
                "microBatchTokens", Map.of("microBatchTokens", 0), "keepMegabytes", Map.of("keepMegabytes", -1),
                "keepOnDiskMegabytes", Map.of("keepOnDiskMegabytes", -1));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
