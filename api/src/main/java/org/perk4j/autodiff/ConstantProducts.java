package org.perk4j.autodiff;

import java.util.function.Supplier;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * Evaluates the products of a variable with a constant in a differentiated function: those with frozen weights, and those of
 * cotangents with the same weights. Together they are nearly all of a large model's arithmetic. If a function is evaluated
 * twice at one point, the second time along a tangent, it asks for the same products in the same order. The first evaluation
 * may therefore keep their values for the second, which then needs only their tangents.
 */
@ConsumerType
public interface ConstantProducts {

    /** Evaluates each product as it comes. */
    ConstantProducts EVALUATED = new ConstantProducts() {

        @Override
        public Tensor product(Tensor x, Tensor constant, boolean transposed, Supplier<Tensor> evaluation) {
            return evaluation.get();
        }

        @Override
        public TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, Supplier<TokenLoss> evaluation) {
            return evaluation.get();
        }
    };

    /**
     * {@code x·op(w)}, perhaps with a constant bias.
     *
     * @param x          the variable factor
     * @param constant   w, the other one
     * @param transposed whether that one is
     * @param evaluation evaluates the product, tangent included
     * @return the product, owned by the innermost open scope
     */
    Tensor product(Tensor x, Tensor constant, boolean transposed, Supplier<Tensor> evaluation);

    /**
     * The loss of tokens by a constant head, with its gradient, which is a product with that head.
     *
     * @param evaluation evaluates both, tangents included
     * @return both, owned by the innermost open scope
     */
    TokenLoss tokenLoss(Tensor hidden, Tensor head, int[] targets, Supplier<TokenLoss> evaluation);
}
