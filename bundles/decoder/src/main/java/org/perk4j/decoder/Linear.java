package org.perk4j.decoder;

import java.util.List;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Site;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A linear layer, which adapters can adapt.
 *
 * @param site   its name, its sizes, and the layout of its weight
 * @param weight {@code inputs×outputs} if {@code site.inputsFirst()}, else {@code outputs×inputs}
 * @param bias   {@code 1×outputs}; null for none
 */
public record Linear(Site site, ParameterSpec weight, ParameterSpec bias) {

    /** Makes a layer with the weight {@code name.weight} and, if biased, {@code name.bias}; outputs first, as in PyTorch. */
    public static Linear of(String name, int inputs, int outputs, boolean biased, double standardDeviation) {
        return new Linear(new Site(name, inputs, outputs),
                new ParameterSpec(name + ".weight", new Shape(outputs, inputs), 0, standardDeviation),
                biased ? bias(name, outputs) : null);
    }

    /** Makes a layer with the weight {@code name.weight}, inputs first, and {@code name.bias}. */
    public static Linear inputsFirst(String name, int inputs, int outputs, double standardDeviation) {
        return new Linear(new Site(name, inputs, outputs, true),
                new ParameterSpec(name + ".weight", new Shape(inputs, outputs), 0, standardDeviation), bias(name, outputs));
    }

    private static ParameterSpec bias(String name, int outputs) {
        return new ParameterSpec(name + ".bias", new Shape(1, outputs), 0, 0);
    }

    List<ParameterSpec> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }

    Tensor apply(ForwardPass pass, Tensor x) {
        return pass.apart(parameters(), x, (own, rows) -> own.adaptation().apply(own.ops(), site, rows,
                Layer.of(site, own.weight(weight), bias == null ? null : own.weight(bias))));
    }
}
