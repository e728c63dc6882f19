package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.NoOptions;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** What is wrong with a rule is found. */
class OptimizerContractTest {

    private interface Rule {

        Tensor direction(Ops ops, Tensor parameter, Tensor gradient, Tensor state);
    }

    private record OneState(Rule rule) implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return 1;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            Tensor direction = rule.direction(ops, parameter, gradient, state.get(0));
            return new Direction(direction, List.of(direction));
        }
    }

    private static final class Contract extends OptimizerContract {

        private final Supplier<InnerOptimizer> optimizer;

        Contract(Supplier<InnerOptimizer> optimizer) {
            this.optimizer = optimizer;
        }

        @Override
        protected OptimizerType<?> type() {
            return new OptimizerType<NoOptions>() {

                @Override
                public Class<NoOptions> options() {
                    return NoOptions.class;
                }

                @Override
                public InnerOptimizer create(NoOptions options) {
                    return optimizer.get();
                }
            };
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of());
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of();
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    private static void assertFails(BiConsumer<OptimizerContract, Map<String, ?>> test, Rule rule) {
        assertFails(AssertionFailedError.class, test, rule);
    }

    private static void assertFails(Class<? extends Throwable> how, BiConsumer<OptimizerContract, Map<String, ?>> test,
                                    Rule rule) {
        Contract contract = new Contract(() -> new OneState(rule));
        contract.open();
        try {
            assertThrows(how, () -> test.accept(contract, Map.of()));
        } finally {
            contract.close();
        }
    }

    @Test
    void aRuleThatLooksAtAllOfATensorIsNotElementwise() {
        assertFails(OptimizerContract::oneRowIsTreatedAsItsPartsAreIfElementwise, (ops, parameter, gradient, state) ->
                ops.multiplyScalar(gradient, ops.dot(gradient, gradient)));
    }

    @Test
    void aRuleThatClimbsIsFound() {
        assertFails(OptimizerContract::smallStepsDescend,
                (ops, parameter, gradient, state) -> ops.combine(0.5, state, -1, gradient));
    }

    /** √(g²) has no derivative at 0, and 1/g none either. */
    @Test
    void divisionByZeroIsFound() {
        Rule rule = (ops, parameter, gradient, state) -> ops.multiply(gradient,
                ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, ops.multiply(gradient, gradient))));
        assertFails(OptimizerContract::derivativesAreFiniteAtGradientsOfZero, rule);
        assertFails(OptimizerContract::derivativesAreFiniteAtParametersOfZero, rule);
    }

    @Test
    void anotherShapeIsFound() {
        assertFails(OptimizerContract::directionsAndStateHaveTheShapesThatWereDeclared,
                (ops, parameter, gradient, state) -> ops.fill(Shape.SCALAR, 1));
    }

    @Test
    void derivativesOfAnotherRuleAreFound() {
        assertFails(OptimizerContract::derivativesThroughStepsAreSlopes, (ops, parameter, gradient, state) ->
                ops instanceof Compute compute ? compute.multiply(gradient, gradient) : gradient);
    }

    /** Tensors belong to one computation, and are freed. */
    @Test
    void aTensorKeptInAFieldIsFound() {
        Tensor[] kept = new Tensor[1];
        Rule rule = (ops, parameter, gradient, state) -> {
            kept[0] = kept[0] == null ? ops.fill(Shape.SCALAR, 0.5) : kept[0];
            return ops.multiplyScalar(gradient, kept[0]);
        };
        assertFails(RuntimeException.class, OptimizerContract::stepsRepeatThemselvesToTheBit, rule);
    }

    @Test
    void aCountKeptInAFieldIsFound() {
        int[] calls = new int[1];
        assertFails(OptimizerContract::stepsRepeatThemselvesToTheBit,
                (ops, parameter, gradient, state) -> ops.scale(gradient, ++calls[0]));
    }
}
