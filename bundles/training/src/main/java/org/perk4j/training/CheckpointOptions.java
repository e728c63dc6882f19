package org.perk4j.training;

import org.perk4j.plugin.Option;

/** When a run is saved, so that it can be resumed. */
public record CheckpointOptions(
        @Option(help = "steps from one checkpoint to the next", value = "200") int everySteps,
        @Option(help = "minutes after which a checkpoint is written in any case", value = "10") double everyMinutes,
        @Option(help = "how many checkpoints are kept", value = "2") int keep) {

    /** @throws IllegalArgumentException naming the key that is out of range */
    public CheckpointOptions {
        if (everySteps < 1 || everyMinutes <= 0 || keep < 1) {
            throw new IllegalArgumentException("everySteps and keep must be at least 1, everyMinutes above 0");
        }
    }
}
