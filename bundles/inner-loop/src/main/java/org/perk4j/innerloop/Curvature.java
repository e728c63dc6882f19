package org.perk4j.innerloop;

import org.perk4j.tensor.Tensor;

/**
 * Second derivatives of a context's loss along a direction v.
 *
 * @param product {@code H·v}, H the Hessian by what the steps move; a row
 * @param around  {@code ∂⟨∇L, v⟩} by what they don't move; a row
 */
public record Curvature(Tensor product, Tensor around) {
}
