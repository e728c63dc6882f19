package org.perk4j.compute;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.Compute;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Shapes;
import org.perk4j.tensor.Tensor;

/**
 * What computations of all backends share: the lifetimes of their tensors, and operations that are another one with some
 * arguments fixed. Not thread-safe, like any computation. Subclasses implement {@link #close}, which must close
 * {@link #lifetimes}.
 */
@ConsumerType
public abstract class OwningCompute implements Compute {

    /** Owns the tensors of this computation, and checks those that are passed to it. */
    protected final Lifetimes lifetimes = new Lifetimes();

    /** Makes a computation without tensors. */
    protected OwningCompute() {
    }

    // ---- operations with some arguments fixed

    @Override
    public final Tensor matmul(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        return scaledMatmul(1, a, transposeA, b, transposeB);
    }

    @Override
    public final Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double epsilon) {
        return norm(Shapes.layerNorm(x, gain, bias), x, gain, bias, epsilon);
    }

    @Override
    public final Tensor rmsNorm(Tensor x, Tensor gain, double epsilon) {
        return norm(Shapes.rmsNorm(x, gain), x, gain, null, epsilon);
    }

    /**
     * Evaluates a layer norm, or an RMS norm, which is one without subtracting the mean.
     *
     * @param shape the result's
     * @param bias  null for an RMS norm
     */
    protected abstract Tensor norm(Shape shape, Tensor x, Tensor gain, Tensor bias, double epsilon);

    @Override
    public final NormGradients layerNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normGradient(Shapes.layerNormGradient(x, gain, gradient), x, gain, gradient, true, epsilon);
    }

    @Override
    public final NormGradients rmsNormGradient(Tensor x, Tensor gain, Tensor gradient, double epsilon) {
        return normGradient(Shapes.rmsNormGradient(x, gain, gradient), x, gain, gradient, false, epsilon);
    }

    /**
     * Evaluates the gradients of a layer norm or an RMS norm.
     *
     * @param shape   that of the gradient with respect to {@code x}
     * @param centred whether it is a layer norm; then there is also a gradient with respect to the bias
     */
    protected abstract NormGradients normGradient(Shape shape, Tensor x, Tensor gain, Tensor gradient, boolean centred,
                                                  double epsilon);

    // ---- lifetimes

    @Override
    public final Scope scope() {
        return lifetimes.scope();
    }

    @Override
    public final Owner owner() {
        return lifetimes.owner();
    }

    @Override
    public final void free(Tensor tensor) {
        lifetimes.free(tensor);
    }

    @Override
    public final MemoryUsage memory() {
        return lifetimes.usage();
    }
}
