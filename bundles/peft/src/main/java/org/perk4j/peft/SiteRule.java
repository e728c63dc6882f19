package org.perk4j.peft;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** What an adapter does at one linear layer, with parameters of that layer's own. Immutable and thread-safe. */
@ConsumerType
public interface SiteRule {

    /** @return the layer's parameters, under PEFT's names from the layer's on, such as {@code ia3_l} */
    List<ParameterSpec> parameters(Site site);

    /**
     * @param input   of the layer, {@code m×site.inputs()}
     * @param base    the layer as the base model has it
     * @param values  as {@link #parameters} lists them
     * @param dropout what to drop during training, or {@link Dropout#NONE}
     * @return what the layer is to yield, {@code m×site.outputs()}
     */
    Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout);

    /**
     * @return what of PEFT's {@code adapter_config.json} is of this rule's own, {@code peft_type} included; and
     *         {@code target_modules}, if the layers' names must be written in a certain way
     */
    Map<String, Object> configuration();
}
