package org.perk4j.model.llama;

import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A normalisation by the root mean square. */
record RmsNorm(ParameterSpec gain, double epsilon) {

    RmsNorm(String name, int width, double epsilon) {
        this(new ParameterSpec(name + ".weight", new Shape(1, width), 1, 0), epsilon);
    }

    Tensor apply(Ops ops, Parameters weights, Tensor x) {
        return ops.rmsNorm(x, weights.get(gain.name()), epsilon);
    }
}
