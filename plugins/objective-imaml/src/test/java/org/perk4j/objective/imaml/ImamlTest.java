package org.perk4j.objective.imaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tensor.Tensor;

class ImamlTest {

    private static final double PULL = 6;
    private static final double RATE = 0.15;
    /** The steps shrink by half or so each. */
    private static final int CONVERGED = 50;

    private final SmallLearner small = new SmallLearner();

    @AfterEach
    void close() {
        small.close();
    }

    private static MetaObjective objective(int steps, int solverSteps) {
        return new Imaml().create(new ImamlOptions(steps, RATE, PULL, solverSteps, 1e-14, Mean.TOKENS, 1, 0));
    }

    @Test
    void theMetaGradientIsTheSlopeOfTheLossOnceTheStepsHaveConverged() {
        MetaObjective objective = objective(CONVERGED, 30);
        MetaGradientCheck.assertIsSlope(objective, small.learner, MetaGradientCheck.drawn(objective, small.learner, 0.3),
                small.episode, 1e-6);
    }

    /** The same through all steps: each draws back to the start as well. */
    @Test
    void itIsWhatTheWayBackThroughAllStepsGives() {
        Parameters meta = MetaGradientCheck.drawn(objective(1, 1), small.learner, 0.3);
        List<Tensor> implicit = objective(CONVERGED, 30).gradient(small.learner, meta, small.episode).gradient().tensors();
        List<Tensor> exact = new InnerLoop(small.learner, new LoopOptions(CONVERGED, 0, PULL, Mean.TOKENS, 1, 0),
                new Roles(small.learner.adapter(), parameter -> true, List.of()), Rates.fixed(RATE), null)
                .gradient(meta, small.episode, CONVERGED, ProductBudget.NONE).gradient().tensors();
        assertTrue(distance(exact, implicit) < 1e-8 * distance(exact, null));
    }

    /** Conjugate gradients come closer with each product. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void fewerStepsOfTheSolverAreFurtherOff(int solverSteps) {
        Parameters meta = MetaGradientCheck.drawn(objective(1, 1), small.learner, 0.3);
        List<Tensor> exact = objective(CONVERGED, 30).gradient(small.learner, meta, small.episode).gradient().tensors();
        List<Tensor> few = objective(CONVERGED, solverSteps).gradient(small.learner, meta, small.episode).gradient().tensors();
        List<Tensor> more = objective(CONVERGED, solverSteps + 1).gradient(small.learner, meta, small.episode).gradient()
                .tensors();
        assertTrue(distance(exact, more) < distance(exact, few));
    }

    private double distance(List<Tensor> a, List<Tensor> b) {
        Compute compute = small.compute;
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            Tensor difference = b == null ? a.get(i) : compute.combine(1, a.get(i), -1, b.get(i));
            sum += compute.download(compute.dot(difference, difference))[0];
        }
        return Math.sqrt(sum);
    }

    @Test
    void nothingIsLeftBehind() {
        MetaObjective objective = objective(2, 3);
        Parameters meta = MetaGradientCheck.drawn(objective, small.learner, 0.3);
        long before = small.compute.memory().liveBytes();
        objective.gradient(small.learner, meta, small.episode).gradient().tensors().forEach(small.compute::free);
        assertEquals(before, small.compute.memory().liveBytes());
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1, 1, steps", "1, 0, 1, 1, learningRate", "1, 1, 0, 1, pull", "1, 1, 1, 0, solverSteps"})
    void impossibleValuesAreNamed(int steps, double learningRate, double pull, int solverSteps, String key) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new ImamlOptions(steps, learningRate, pull, solverSteps, 0, Mean.TOKENS, 1, 0)).getMessage();
        assertTrue(message.startsWith(key + " "), message);
    }
}
