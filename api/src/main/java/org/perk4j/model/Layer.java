package org.perk4j.model;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A linear layer of the base model, as passed to an {@link Adaptation}, which may apply it to any input and read its weight.
 */
@ProviderType
public interface Layer {

    /**
     * @param input {@code m×site.inputs()}
     * @return the layer's output in the base model, bias included, {@code m×site.outputs()}
     */
    Tensor of(Ops ops, Tensor input);

    /**
     * @param a {@code m×k}
     * @param b {@code site.outputs()×k}
     * @return what {@link #of} returns for the input, plus {@code α·a·bᵀ}; that takes less than to add it afterwards
     */
    default Tensor plusProduct(Ops ops, Tensor input, double alpha, Tensor a, Tensor b) {
        return ops.addProduct(of(ops, input), alpha, a, b);
    }

    /**
     * @return the weight as the model keeps it: {@code outputs×inputs}, or {@code inputs×outputs} if
     *         {@link Site#inputsFirst()}
     */
    Tensor weight();

    /** @return the bias, {@code 1×outputs}, or null if the layer has none */
    Tensor bias();

    /**
     * @param site   says whether the weight is {@code inputs×outputs} or {@code outputs×inputs}
     * @param weight as {@link #weight()} returns it
     * @param bias   as {@link #bias()} returns it
     * @return a layer of this weight and bias
     */
    static Layer of(Site site, Tensor weight, Tensor bias) {
        return new WeightedLayer(site, weight, bias);
    }

    /**
     * @param weights the weights of a model, under Hugging Face's names
     * @return the model's layer at that site
     */
    static Layer of(Site site, Parameters weights) {
        return of(site, weights.get(weight(site)), weights.has(bias(site)) ? weights.get(bias(site)) : null);
    }

    /** @return the name of a layer's weight */
    static String weight(Site site) {
        return site.name() + ".weight";
    }

    /** @return the name of a layer's bias, if it has one */
    static String bias(Site site) {
        return site.name() + ".bias";
    }
}
