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

/** An adapter's computation at one linear layer, with parameters of that layer. Immutable and thread-safe. */
@ConsumerType
public interface SiteRule {

    /** @return the layer's parameters, under PEFT's names after the layer's, such as {@code ia3_l} */
    List<ParameterSpec> parameters(Site site);

    /**
     * @param input   the layer's input, {@code m×site.inputs()}
     * @param base    the layer of the base model
     * @param values  as {@link #parameters} lists them
     * @param dropout what to drop during training, or {@link Dropout#NONE}
     * @return the adapted layer's output, {@code m×site.outputs()}
     */
    Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout);

    /**
     * @return the entries of PEFT's {@code adapter_config.json} that are specific to this rule, including {@code peft_type};
     *         and {@code target_modules}, if the layers' names must be written in a certain way
     */
    Map<String, Object> configuration();
}
