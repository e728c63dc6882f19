package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * Second derivatives of a context's loss along a direction v.
 *
 * @param product {@code H·v}, with the Hessian H with respect to the parameters that the steps update; a row
 * @param around  the gradient of {@code ⟨∇L, v⟩} with respect to those that they don't update; a row
 */
public record Curvature(Tensor product, Tensor around) {
}
