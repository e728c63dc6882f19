package org.perk4j.adapter.bitfit;

import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.peft.WeightAdapter;
import org.perk4j.plugin.NoOptions;
import org.perk4j.plugin.Provides;

/**
 * BitFit (Ben Zaken et al. 2021, arXiv 2106.10199): a context is encoded into the model's biases. Refuses models without
 * biases.
 */
@Component
@Provides(kind = "adapter", type = "bitfit")
public final class Bitfit implements AdapterType<NoOptions> {

    @Override
    public Class<NoOptions> options() {
        return NoOptions.class;
    }

    @Override
    public Adapter create(NoOptions options, Model model) {
        List<ParameterSpec> biases = model.parameters().stream().filter(weight -> weight.name().endsWith(".bias")).toList();
        if (biases.isEmpty()) {
            throw new IllegalArgumentException("the model has no biases: choose another type of adapter, such as norms");
        }
        return new WeightAdapter(biases, name -> name, Map.of("peft_type", "BITFIT"));
    }
}
