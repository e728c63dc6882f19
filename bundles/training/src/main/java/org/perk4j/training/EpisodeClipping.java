package org.perk4j.training;

import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Limits the norm of an episode's gradient, in tensor operations: nobody waits for a device to learn the norm. */
final class EpisodeClipping {

    private EpisodeClipping() {
    }

    /**
     * @param limit the largest norm, above 0
     * @return the gradient g times {@code 1 - s·(1 - limit/‖g‖)}, with s = 1 if ‖g‖ is above the limit, else 0: then every
     *         element stays exactly as it is. If ‖g‖ is not a number, no element is
     */
    static Tensor clipped(Ops ops, Tensor gradient, double limit) {
        return ops.scoped(() -> {
            // ‖g‖/limit, and so little more that its reciprocal is finite where g is 0
            Tensor part = ops.affine(ops.map(Activation.SQRT, ops.dot(gradient, gradient)), 1 / limit, Float.MIN_NORMAL);
            Tensor sign = ops.map(Activation.SIGN, ops.affine(part, 1, -1));
            Tensor excess = ops.affine(ops.map(Activation.RECIPROCAL, part), -1, 1);
            Tensor cut = ops.multiply(ops.affine(sign, 0.5, 0.5), excess);
            return ops.multiplyScalar(gradient, ops.affine(cut, -1, 1));
        });
    }
}
