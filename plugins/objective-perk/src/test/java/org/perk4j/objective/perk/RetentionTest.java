package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.meta.Learner;
import org.perk4j.tck.Divergence;
import org.perk4j.tensor.DType;

/** How far a context moves the model from its base on an unrelated text. */
class RetentionTest {

    private static final int DRAWS = 400;

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final ReferenceCase reference = new ReferenceCase(compute, "sgd", 0).retaining(0.7);
    private final PerkObjective objective = new PerkObjective(reference.options(2, 1000));

    @Test
    void theMeanOverDrawsIsTheDivergence() {
        double sum = 0;
        double squares = 0;
        for (int key = 0; key < DRAWS; key++) {
            double found = retention(key);
            sum += found;
            squares += found * found;
        }
        double mean = sum / DRAWS;
        double error = Math.sqrt((squares / DRAWS - mean * mean) / DRAWS);
        double divergence = divergence();
        assertTrue(error > 0 && divergence > 4 * error, () -> divergence + " is told from 0 by an error of " + error);
        assertEquals(divergence, mean, 4 * error);
        assertEquals(retention(7), retention(7), "the same draws for the same episode");
    }

    private double retention(long key) {
        EncodedEpisode like = reference.episode;
        try (Scope scope = compute.scope()) {
            return objective.gradient(reference.learner, reference.meta,
                    new EncodedEpisode(key, like.segments(), like.answers(), like.retained())).retention();
        }
    }

    private double divergence() {
        Learner learner = reference.learner;
        return Divergence.of(compute, learner.model(), learner.weights(),
                reference.episode.retained().orElseThrow().tokens(),
                learner.adapter().with(objective.encode(learner, reference.meta, reference.episode.segments(),
                        passes -> { }).adapter(), Dropout.NONE));
    }
}
