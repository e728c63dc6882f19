package org.perk4j.autodiff;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Reverse-mode differentiation. A service; stateless and thread-safe.
 *
 * <p>Its rules are written in {@link Ops} again, so it composes with whatever evaluates the function:
 * <ul>
 * <li>Over a {@link org.perk4j.backend.Compute} it gives gradients.
 * <li>Over a compute, at tensors that carry a tangent v, each gradient carries its derivative along v as its tangent: the
 * Hessian-vector product, by forward over reverse.
 * <li>Over the {@code Ops} that were passed to a differentiated function it gives the same by reverse over reverse.
 * </ul>
 * Third derivatives of fused operations are not supported and throw {@link UnsupportedOperationException}.
 */
@ProviderType
public interface Autodiff {

    /**
     * The vector-Jacobian product of {@code f} at {@code at}.
     *
     * @param ops        evaluates {@code f} and its derivative
     * @param f          evaluated once; must compute with the {@code Ops} that are passed to it
     * @param at         the arguments with respect to which to differentiate
     * @param cotangents one per result of {@code f}, of its shape; null for a result that doesn't matter
     * @return the results and the gradients with respect to {@code at}, all owned by the innermost open scope of {@code
     *         ops}; temporaries are freed as soon as they are no longer needed
     */
    Pullback pullback(Ops ops, VectorFunction f, List<Tensor> at, List<Tensor> cotangents);

    /**
     * The gradient of a scalar function.
     *
     * @param f evaluated once; its only result is {@code 1×1}
     * @see #pullback
     */
    default Pullback gradient(Ops ops, VectorFunction f, List<Tensor> at) {
        return gradient(ops, f, at, ConstantProducts.EVALUATED);
    }

    /**
     * The gradient of a scalar function.
     *
     * @param f        evaluated once; its only result is {@code 1×1}
     * @param products evaluates the products with constants, of {@code f} and of its derivative
     * @see #pullback
     */
    Pullback gradient(Ops ops, VectorFunction f, List<Tensor> at, ConstantProducts products);
}
