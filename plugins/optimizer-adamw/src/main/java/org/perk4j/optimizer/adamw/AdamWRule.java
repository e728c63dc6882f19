package org.perk4j.optimizer.adamw;

import java.util.List;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * In step t, with gradient g, means m and v, and parameter p:
 * <pre>
 * m ← β₁·m + (1−β₁)·g         v ← β₂·v + (1−β₂)·g²
 * m̂ = m/(1−β₁ᵗ)               v̂ = v/(1−β₂ᵗ)
 * direction = m̂/(√v̂ + ε) + weightDecay·p
 * </pre>
 * The decay is decoupled: it is not part of g, and so not of the means.
 *
 * <p><b>The zero rule.</b> Where v is exactly 0 after the update, because every gradient so far was 0, √v has no derivative.
 * It is taken as 0 there ({@link Activation#SQRT}), as in the library {@code higher}: such an entry passes a derivative
 * through m only. That derivative is 1/ε, 1e8 by default. It is correct, but it outweighs the others whenever gradients
 * begin at zero, as those of LoRA's A do if B is initialized with 0; and where v is merely tiny the derivative is about as
 * large. There are two ways to avoid this: initial gradients that are small but not zero (LoRA's {@code initB}), and
 * {@code epsilonInsideRoot}. The divisor is then {@code √(v̂ + ε)}, smooth everywhere, and derivatives stay below 1/√ε. That
 * is a different update, though: entries whose mean square is far below ε hardly move.
 */
final class AdamWRule implements ElementwiseOptimizer {

    private final AdamWOptions options;

    AdamWRule(AdamWOptions options) {
        this.options = options;
    }

    @Override
    public int slots() {
        return 2;
    }

    @Override
    public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
        double beta1 = options.beta1();
        double beta2 = options.beta2();
        Tensor mean = ops.combine(beta1, state.get(0), 1 - beta1, gradient);
        Tensor square = ops.combine(beta2, state.get(1), 1 - beta2, ops.multiply(gradient, gradient));
        Tensor adaptive = ops.multiply(mean, ops.map(Activation.RECIPROCAL, divisor(ops, step, square)));
        Tensor direction = options.weightDecay() == 0
                ? adaptive : ops.combine(1, adaptive, options.weightDecay(), parameter);
        return new Direction(direction, List.of(mean, square));
    }

    /** @return {@code (1−β₁ᵗ)·(√v̂ + ε)}: both bias corrections in one pass over memory */
    private Tensor divisor(Ops ops, int step, Tensor square) {
        double ofMean = 1 - Math.pow(options.beta1(), step);
        double ofSquare = 1 - Math.pow(options.beta2(), step);
        double epsilon = options.epsilon();
        return options.epsilonInsideRoot()
                ? ops.map(Activation.SQRT, ops.affine(square, ofMean * ofMean / ofSquare, ofMean * ofMean * epsilon))
                : ops.affine(ops.map(Activation.SQRT, square), ofMean / Math.sqrt(ofSquare), ofMean * epsilon);
    }
}
