package org.perk4j.optimizer;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * An update rule: a pure function from parameters, gradients and state to the direction in which the parameters move and the
 * next state. How far they move is for the objective to say: it takes {@code rate ⊙ direction} away from the parameters,
 * with learning rates that it has learned. Being written in {@link Ops}, the rule is differentiable without further ado.
 * Immutable and thread-safe.
 *
 * <p>Most rules treat each element alike: see {@link ElementwiseOptimizer}.
 */
@ConsumerType
public interface InnerOptimizer {

    /**
     * @param parameters all that are to be moved
     * @return the shapes of its state's tensors, which are zero before the first step; of any number
     */
    List<Shape> state(List<ParameterSpec> parameters);

    /**
     * @param step       counted from 1
     * @param specs      names and shapes of the parameters
     * @param parameters their values
     * @param gradients  one per parameter
     * @param state      as {@link #state} says, and as the last step left it
     * @return tensors owned by the innermost open scope of {@code ops}, or some of the arguments
     */
    Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters, List<Tensor> gradients,
                          List<Tensor> state);

    /**
     * @return whether each element's direction depends on this element of parameter, gradient and state alone. All
     *         parameters may then be handed over as one row that holds them one after another, which takes far fewer
     *         operations.
     */
    default boolean elementwise() {
        return false;
    }

    /**
     * What a step yields.
     *
     * @param directions one per parameter, of its shape
     * @param state      the next state
     */
    record Directions(List<Tensor> directions, List<Tensor> state) {
    }
}
