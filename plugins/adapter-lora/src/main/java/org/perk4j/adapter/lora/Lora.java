package org.perk4j.adapter.lora;

import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.plugin.Provides;

/**
 * Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685), with rank-stabilised scaling (Kalajdzievski 2023, arXiv
 * 2312.03732) as an option: a layer's output {@code y} becomes {@code y + scale·(x·Aᵀ)·Bᵀ}, with A {@code rank×inputs}
 * and B {@code outputs×rank}. Its variants are options: LoRA+ (Hayou, Ghosh, Yu 2024, arXiv 2402.12354), and those of
 * {@link InitLoraWeights}.
 */
@Component
@Provides(kind = "adapter", type = "lora")
public final class Lora implements AdapterType<LoraOptions> {

    @Override
    public Class<LoraOptions> options() {
        return LoraOptions.class;
    }

    @Override
    public Adapter create(LoraOptions options, Model model) {
        LoraAdapter adapter = new LoraAdapter(options, model.sites());
        return options.learnedWeights().beside(adapter, adapter.adapted(), model);
    }

    @Override
    public Optional<LoraOptions> ofPeft(Map<String, Object> configuration) {
        return LoraConfiguration.options(configuration);
    }
}
