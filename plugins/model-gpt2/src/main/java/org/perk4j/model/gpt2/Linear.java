package org.perk4j.model.gpt2;

import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A linear layer that adapters may attach to: {@code x·weight + bias}, the weight {@code inputs×outputs}. */
record Linear(Site site, ParameterSpec weight, ParameterSpec bias) {

    Linear(String name, int inputs, int outputs, double standardDeviation) {
        this(new Site(name, inputs, outputs, true),
                new ParameterSpec(name + ".weight", new Shape(inputs, outputs), 0, standardDeviation),
                new ParameterSpec(name + ".bias", new Shape(1, outputs), 0, 0));
    }

    Tensor apply(Ops ops, Parameters weights, Adaptation adaptation, Tensor x) {
        return adaptation.apply(ops, site, x, ops.linear(x, weights.get(weight.name()), weights.get(bias.name())));
    }
}
