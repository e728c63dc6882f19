package org.perk4j.adapter.full;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.peft.WeightAdapter;
import org.perk4j.plugin.NoOptions;
import org.perk4j.plugin.Provides;

/**
 * RECKONING (Chen et al. 2023, arXiv 2305.06349): a context is encoded into all weights of the model. A memory is as large
 * as the model.
 */
@Component
@Provides(kind = "adapter", type = "full")
public final class Full implements AdapterType<NoOptions> {

    @Override
    public Class<NoOptions> options() {
        return NoOptions.class;
    }

    @Override
    public Adapter create(NoOptions options, Model model) {
        return new WeightAdapter(model.parameters(), name -> name, Map.of("peft_type", "FULL"));
    }
}
