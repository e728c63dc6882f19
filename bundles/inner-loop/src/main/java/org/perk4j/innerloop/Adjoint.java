package org.perk4j.innerloop;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * The result of the backward pass through the steps.
 *
 * @param start  λ₀: the gradient with respect to the initial values, as a row
 * @param rates  the gradients with respect to the learning rates, one tensor for each of {@link Rates#parameters}
 * @param around the gradient with respect to the parameters that the steps don't update, as a row
 */
public record Adjoint(Tensor start, List<Tensor> rates, Tensor around) {
}
