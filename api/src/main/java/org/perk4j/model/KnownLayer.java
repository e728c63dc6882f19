package org.perk4j.model;

import java.util.function.Supplier;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** A layer whose output for one input is known already, so that the base's weights are read once for all rows. */
record KnownLayer(Layer layer, Tensor input, Supplier<Tensor> output) implements Layer {

    @Override
    public Tensor of(Ops ops, Tensor other) {
        return other == input ? output.get() : layer.of(ops, other);
    }

    @Override
    public Tensor weight() {
        return layer.weight();
    }

    @Override
    public Tensor bias() {
        return layer.bias();
    }
}
