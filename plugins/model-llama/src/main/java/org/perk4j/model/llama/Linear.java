package org.perk4j.model.llama;

import java.util.List;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A linear layer that adapters may attach to: {@code x·weightᵀ + bias}, the weight {@code outputs×inputs}.
 *
 * @param bias null for none
 */
record Linear(Site site, ParameterSpec weight, ParameterSpec bias) {

    Linear(String name, int inputs, int outputs, boolean biased, double standardDeviation) {
        this(new Site(name, inputs, outputs),
                new ParameterSpec(name + ".weight", new Shape(outputs, inputs), 0, standardDeviation),
                biased ? new ParameterSpec(name + ".bias", new Shape(1, outputs), 0, 0) : null);
    }

    List<ParameterSpec> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }

    Tensor apply(Ops ops, Parameters weights, Adaptation adaptation, Tensor x) {
        Tensor product = ops.matmul(x, false, weights.get(weight.name()), true);
        return adaptation.apply(ops, site, x, bias == null ? product
                : ops.add(product, ops.repeatRow(weights.get(bias.name()), x.rows())));
    }
}
