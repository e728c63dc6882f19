package org.perk4j.evaluation;

import java.util.Map;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.plugin.Option;

/** Plain training of an adapter on a context: the keys of {@code fineTuning} in {@link Baselines}. */
public record FineTuning(
        @Option(help = "steps, each on the whole context; 0 leaves that out", value = "0") int steps,
        @Option(help = "the learning rate of all steps", value = "1e-3") double learningRate,
        @Option(help = "the optimizer", value = "adamw") PluginChoice optimizer,
        @Option(help = "seed of the initial values", value = "0") long seed) {

    /** None. */
    public static final FineTuning NONE = new FineTuning(0, 1e-3, PluginChoice.of("adamw", Map.of()), 0);

    /** Learns nothing but where its steps begin, and with initial values not even that: they are plain training. */
    private static final String OBJECTIVE = "reptile";

    /** @throws IllegalArgumentException naming the key that is out of range */
    public FineTuning {
        if (steps < 0) {
            throw new IllegalArgumentException("steps: must not be negative");
        }
        if (!(learningRate > 0)) {
            throw new IllegalArgumentException("learningRate: must be above 0");
        }
    }

    /** @return how a fresh adapter is written that is of a trained one's type and shape, and cuts texts alike */
    TrainedAdapter.Manifest like(TrainedAdapter.Manifest trained) {
        return new TrainedAdapter.Manifest(trained.baseFingerprint(), trained.adapter(), optimizer,
                PluginChoice.of(OBJECTIVE, Map.of("steps", steps, "learningRate", learningRate)), false, trained.segments(),
                0, trained.plugins());
    }
}
