package org.perk4j.model.gpt2;

import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A layer normalisation. */
record LayerNorm(ParameterSpec gain, ParameterSpec bias, double epsilon) {

    LayerNorm(String name, int width, double epsilon) {
        this(new ParameterSpec(name + ".weight", new Shape(1, width), 1, 0),
                new ParameterSpec(name + ".bias", new Shape(1, width), 0, 0), epsilon);
    }

    Tensor apply(Ops ops, Parameters weights, Tensor x) {
        return ops.layerNorm(x, weights.get(gain.name()), weights.get(bias.name()), epsilon);
    }
}
