package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/** Whether what an objective gives as the gradient is one: beside differences of its loss, in float64. */
public final class MetaGradientCheck {

    private static final double STEP = 1e-4;

    private MetaGradientCheck() {
    }

    /**
     * @param learner without dropout, on a computation in float64
     * @return random values of the objective's parameters: up to 0.3 from where they begin, learning rates up to 0.3 of that
     */
    public static Parameters drawn(MetaObjective objective, Learner learner) {
        SplittableRandom random = new SplittableRandom(12);
        List<String> names = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterGroup group : objective.groups(learner)) {
            boolean rates = group.name().equals(ParameterGroup.RATES);
            for (ParameterSpec spec : group.named()) {
                double mean = spec.initial() instanceof Initial.Normal normal ? normal.mean() : 0;
                names.add(spec.name());
                tensors.add(learner.compute().constant(spec.shape(), random.doubles(spec.shape().size(), -0.3, 0.3)
                        .map(x -> rates ? mean * (1 + x) : mean + x).toArray()));
            }
        }
        return new Parameters(names, tensors);
    }

    /** @return the loss of an episode's answers once its context is encoded */
    public static double loss(MetaObjective objective, Learner learner, Parameters meta, EncodedEpisode episode) {
        try (Scope scope = learner.compute().scope()) {
            return objective.loss(learner, objective.encode(learner, meta, episode.segments(), passes -> { }).adapter(),
                    episode.answers());
        }
    }

    /**
     * Asserts that the gradient by each parameter, along a random direction of it, is the slope of the loss; or zero, if the
     * parameter is never learned.
     *
     * @param meta      values of the objective's parameters
     * @param tolerance relative to the slope, and to a thousandth where that is smaller
     */
    public static void assertIsSlope(MetaObjective objective, Learner learner, Parameters meta, EncodedEpisode episode,
                                     double tolerance) {
        Compute compute = learner.compute();
        MetaGradient found = objective.gradient(learner, meta, episode);
        assertEquals(loss(objective, learner, meta, episode), found.loss(), 1e-12, "the loss");
        SplittableRandom random = new SplittableRandom(1);
        List<ParameterSpec> specs = objective.parameters(learner);
        for (int i = 0; i < meta.size(); i++) {
            Tensor at = meta.tensors().get(i);
            if (!specs.get(i).learned()) {
                assertArrayEquals(new double[(int) at.shape().size()],
                        compute.download(found.gradient().tensors().get(i)), meta.names().get(i) + " isn't learned");
                continue;
            }
            Tensor direction = compute.constant(at.shape(), random.doubles(at.shape().size(), -1, 1).toArray());
            double[] losses = new double[5];
            for (int k = -2; k <= 2; k++) {
                List<Tensor> moved = new ArrayList<>(meta.tensors());
                moved.set(i, compute.combine(1, at, k * STEP, direction));
                losses[k + 2] = loss(objective, learner, meta.with(moved), episode);
            }
            double slope = (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * STEP);
            double expected = compute.download(compute.dot(found.gradient().tensors().get(i), direction))[0];
            assertEquals(slope, expected, tolerance * Math.max(1e-3, Math.abs(slope)), meta.names().get(i));
        }
    }
}
