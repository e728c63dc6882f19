package org.perk4j.autodiff;

import java.util.List;
import org.perk4j.tensor.Tensor;

/**
 * The result of reverse-mode differentiation.
 *
 * @param values    the function's results
 * @param gradients one per argument, of its shape; zeros where the results don't depend on it
 */
public record Pullback(List<Tensor> values, List<Tensor> gradients) {
}
