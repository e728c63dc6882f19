package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.meta.Learner;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

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

    /** Of the whole distributions. */
    private double divergence() {
        Learner learner = reference.learner;
        double[] base = logits(Adaptation.NONE);
        double[] adapted = logits(learner.adapter().with(objective.encode(learner, reference.meta,
                reference.episode.segments(), passes -> { }).adapter(), Dropout.NONE));
        int vocabulary = learner.model().size().vocabulary();
        double sum = 0;
        for (int from = 0; from < base.length; from += vocabulary) {
            double baseSum = exponentials(base, from, vocabulary);
            double adaptedSum = exponentials(adapted, from, vocabulary);
            for (int i = from; i < from + vocabulary; i++) {
                sum += Math.exp(base[i]) / baseSum
                        * (base[i] - Math.log(baseSum) - adapted[i] + Math.log(adaptedSum));
            }
        }
        return sum * vocabulary / base.length;
    }

    private double[] logits(Adaptation adaptation) {
        Learner learner = reference.learner;
        Tensor hidden = learner.model().hidden(compute, learner.weights(),
                Tokens.of(List.of(reference.episode.retained().orElseThrow().tokens())), adaptation);
        return compute.download(learner.model().logits(compute, learner.weights(), hidden));
    }

    private static double exponentials(double[] logits, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp(logits[i]);
        }
        return sum;
    }
}
