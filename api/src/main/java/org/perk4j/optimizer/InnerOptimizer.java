package org.perk4j.optimizer;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * An update rule: a pure function of parameters, gradients and state that gives a direction and the next state. The
 * objective decides how far the parameters move: it subtracts {@code rate ⊙ direction} from them, with the learning rates
 * that it has learned. The rule is written in {@link Ops} and therefore differentiable. Immutable and thread-safe.
 *
 * <p>Most rules treat all elements independently: see {@link ElementwiseOptimizer}.
 */
@ConsumerType
public interface InnerOptimizer {

    /**
     * @param parameters all parameters that the steps move
     * @return the shapes of the state's tensors, any number of them; they are zero before the first step
     */
    List<Shape> state(List<ParameterSpec> parameters);

    /**
     * @param step       counted from 1
     * @param specs      names and shapes of the parameters
     * @param parameters their values
     * @param gradients  one per parameter
     * @param state      the state after the last step, with the shapes of {@link #state}
     * @return tensors owned by the innermost open scope of {@code ops}, or some of the arguments
     */
    Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters, List<Tensor> gradients,
                          List<Tensor> state);

    /**
     * @return whether each element of the direction depends on the same element of parameter, gradient and state only. All
     *         parameters may then be passed as a single row that holds one after another, which takes far fewer operations.
     */
    default boolean elementwise() {
        return false;
    }

    /**
     * The result of a step.
     *
     * @param directions one per parameter, of its shape
     * @param state      the next state
     */
    record Directions(List<Tensor> directions, List<Tensor> state) {
    }
}
