package org.perk4j.model;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A linear layer of the base model, as an {@link Adaptation} finds it: it may be applied to any input, and its weight read.
 */
@ProviderType
public interface Layer {

    /**
     * @param input {@code m×site.inputs()}
     * @return what the base model makes of it, bias included, {@code m×site.outputs()}
     */
    Tensor of(Ops ops, Tensor input);

    /**
     * @return the weight as the model keeps it: {@code outputs×inputs}, or {@code inputs×outputs} if
     *         {@link Site#inputsFirst()}
     */
    Tensor weight();

    /** @return the bias, {@code 1×outputs}, or null if the layer has none */
    Tensor bias();

    /**
     * @param site   says which way the weight is kept
     * @param weight of {@link #weight()}'s shape
     * @param bias   of {@link #bias()}'s shape, or null for none
     * @return the layer that these make
     */
    static Layer of(Site site, Tensor weight, Tensor bias) {
        return new WeightedLayer(site, weight, bias);
    }

    /**
     * @param weights of a model, under Hugging Face's names
     * @return the layer that they make
     */
    static Layer of(Site site, Parameters weights) {
        return of(site, weights.get(weight(site)), weights.has(bias(site)) ? weights.get(bias(site)) : null);
    }

    /** @return the name of a layer's weight */
    static String weight(Site site) {
        return site.name() + ".weight";
    }

    /** @return the name of a layer's bias, which it need not have */
    static String bias(Site site) {
        return site.name() + ".bias";
    }
}
