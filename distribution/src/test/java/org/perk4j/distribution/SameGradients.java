package org.perk4j.distribution;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Remembers the gradients that it finds; once told to, it gives these, wherever it is asked. Used by one thread. */
final class SameGradients implements Autodiff {

    private final Compute compute;
    private final Autodiff autodiff;
    private final List<List<double[]>> found = new ArrayList<>();
    private int next;
    private boolean remembering = true;

    SameGradients(Compute compute, Autodiff autodiff) {
        this.compute = compute;
        this.autodiff = autodiff;
    }

    /** Begins to give the gradients that were found, from the first on. */
    void again() {
        next = 0;
        remembering = false;
    }

    @Override
    public Pullback pullback(Ops ops, VectorFunction f, List<Tensor> at, List<Tensor> cotangents) {
        return same(autodiff.pullback(ops, f, at, cotangents));
    }

    @Override
    public Pullback gradient(Ops ops, VectorFunction f, List<Tensor> at, ConstantProducts products) {
        return same(autodiff.gradient(ops, f, at, products));
    }

    private Pullback same(Pullback pullback) {
        if (remembering) {
            found.add(pullback.gradients().stream().map(compute::download).toList());
            return pullback;
        }
        List<double[]> gradients = found.get(next++);
        return new Pullback(pullback.values(), IntStream.range(0, gradients.size())
                .mapToObj(i -> compute.constant(pullback.gradients().get(i).shape(), gradients.get(i))).toList());
    }
}
