package org.perk4j.innerloop;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * What the backward pass finds.
 *
 * @param start  λ₀: the gradient by where the steps began, as a row
 * @param rates  by the learning rates, one tensor for each of {@link Rates#parameters}
 * @param around by what the steps don't move, as a row
 */
public record Adjoint(Tensor start, List<Tensor> rates, Tensor around) {
}
