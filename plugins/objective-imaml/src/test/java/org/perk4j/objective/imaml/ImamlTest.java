package org.perk4j.objective.imaml;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Parameters;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tck.ObjectiveContract;
import org.perk4j.tck.SmallLearner;
import org.perk4j.tensor.Tensor;

class ImamlTest {

    private static final double PULL = 6;
    private static final double RATE = 0.15;
    /** The steps shrink by half or so each. */
    private static final int CONVERGED = 50;

    private final SmallLearner small = new SmallLearner(new ReverseMode());

    @AfterEach
    void close() {
        small.close();
    }

    @Nested
    class Contract extends ObjectiveContract {

        @Override
        protected ObjectiveType<?> type() {
            return new Imaml();
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(
                    Map.of("steps", CONVERGED, "learningRate", RATE, "pull", PULL, "solverSteps", 30, "microBatchTokens", 1),
                    Map.of("steps", 2, "learningRate", RATE, "pull", PULL, "solverSteps", 3));
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of(
                    "steps", Map.of("steps", 0), "learningRate", Map.of("learningRate", 0), "pull", Map.of("pull", 0),
                    "solverSteps", Map.of("solverSteps", 0), "tolerance", Map.of("tolerance", -1),
                    "microBatchTokens", Map.of("microBatchTokens", 0));
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }

        /** Once the steps have converged. */
        @Override
        protected boolean isSlope(Map<String, ?> options) {
            return options.get("steps").equals(CONVERGED);
        }
    }

    private static MetaObjective objective(int steps, int solverSteps) {
        return new Imaml().create(new ImamlOptions(steps, RATE, PULL, solverSteps, 1e-14, Mean.TOKENS, 1, 0));
    }

    /** The same through all steps: each draws back to the start as well. */
    @Test
    void itIsWhatTheWayBackThroughAllStepsGives() {
        Parameters meta = MetaGradientCheck.drawn(objective(1, 1), small.learner());
        List<Tensor> implicit = gradient(objective(CONVERGED, 30), meta);
        List<Tensor> exact = new InnerLoop(small.learner(), new LoopOptions(CONVERGED, 0, PULL, Mean.TOKENS, 1, 0),
                new Roles(small.learner().adapter(), parameter -> true, List.of()), Rates.fixed(RATE), null)
                .gradient(meta, small.episode(), CONVERGED, ProductBudget.NONE).gradient().tensors();
        assertTrue(distance(exact, implicit) < 1e-8 * distance(exact, null));
    }

    /** Conjugate gradients come closer with each product. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void fewerStepsOfTheSolverAreFurtherOff(int solverSteps) {
        Parameters meta = MetaGradientCheck.drawn(objective(1, 1), small.learner());
        List<Tensor> exact = gradient(objective(CONVERGED, 30), meta);
        List<Tensor> few = gradient(objective(CONVERGED, solverSteps), meta);
        List<Tensor> more = gradient(objective(CONVERGED, solverSteps + 1), meta);
        assertTrue(distance(exact, more) < distance(exact, few));
    }

    private List<Tensor> gradient(MetaObjective objective, Parameters meta) {
        return objective.gradient(small.learner(), meta, small.episode()).gradient().tensors();
    }

    private double distance(List<Tensor> a, List<Tensor> b) {
        Compute compute = small.compute();
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            Tensor difference = b == null ? a.get(i) : compute.combine(1, a.get(i), -1, b.get(i));
            sum += compute.download(compute.dot(difference, difference))[0];
        }
        return Math.sqrt(sum);
    }
}
