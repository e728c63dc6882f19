package org.perk4j.autodiff;

import java.util.function.UnaryOperator;
import org.perk4j.tensor.Tensor;

/**
 * How a differentiated function's products of a variable with a constant, {@code x·op(w) + b}, are evaluated: those with frozen
 * weights and those of cotangents with the same weights, which together are nearly all of a large model's arithmetic.
 * A function that is evaluated twice at one point, at last along a tangent, asks for the products with one constant in the same
 * order; so one evaluation may keep their values for the other, which then needs only their tangents.
 */
@FunctionalInterface
public interface ConstantProducts {

    /** Evaluates each product as it comes. */
    ConstantProducts EVALUATED = (x, constant, transposed, product, linearPart) -> product.apply(x);

    /**
     * @param x          the variable factor
     * @param constant   w, the other one
     * @param transposed whether that one is
     * @param product    evaluates the product, tangent included
     * @param linearPart the same without {@code b}: what it makes of the tangent of {@code x} is the tangent of the product
     * @return the product, owned by the innermost open scope
     */
    Tensor evaluate(Tensor x, Tensor constant, boolean transposed, UnaryOperator<Tensor> product,
                    UnaryOperator<Tensor> linearPart);
}
