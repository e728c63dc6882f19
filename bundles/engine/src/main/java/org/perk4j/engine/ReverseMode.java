package org.perk4j.engine;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.ConstantProducts;
import org.perk4j.autodiff.Pullback;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Reverse mode by a {@link Tape}: runs the function once, then goes through its record backward. */
@Component
public final class ReverseMode implements Autodiff {

    @Override
    public Pullback gradient(Ops ops, VectorFunction f, List<Tensor> at, ConstantProducts products) {
        Tensor one = ops.fill(Shape.SCALAR, 1);
        return pullback(ops, f, at, List.of(one), products);
    }

    @Override
    public Pullback pullback(Ops ops, VectorFunction f, List<Tensor> at, List<Tensor> cotangents) {
        return pullback(ops, f, at, cotangents, ConstantProducts.EVALUATED);
    }

    private static Pullback pullback(Ops ops, VectorFunction f, List<Tensor> at, List<Tensor> cotangents,
                                     ConstantProducts products) {
        if (!(ops instanceof Compute compute)) {
            return new Tape(ops, products).pullback(f, at, cotangents);
        }
        try (Scope scope = compute.scope()) {
            Pullback pullback = new Tape(ops, products).pullback(f, at, cotangents);
            pullback.values().forEach(scope::keep);
            pullback.gradients().forEach(scope::keep);
            return pullback;
        }
    }
}
