package org.perk4j.model;

import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** A layer of a weight and perhaps a bias. */
record WeightedLayer(Site site, Tensor weight, Tensor bias) implements Layer {

    @Override
    public Tensor of(Ops ops, Tensor input) {
        if (site.inputsFirst()) {
            return ops.linear(input, weight, bias);
        }
        Tensor product = ops.matmul(input, false, weight, true);
        return bias == null ? product : ops.add(product, ops.repeatRow(bias, input.rows()));
    }

    @Override
    public Tensor plusProduct(Ops ops, Tensor input, double alpha, Tensor a, Tensor b) {
        return ops.addProductTo(of(ops, input), alpha, a, b);
    }
}
