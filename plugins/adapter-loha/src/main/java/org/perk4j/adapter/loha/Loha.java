package org.perk4j.adapter.loha;

import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.plugin.Provides;

/**
 * LoHa (FedPara, Hyeon-Woo et al. 2021, arXiv 2108.06098): {@code alpha/rank·(A₁·B₁) ⊙ (A₂·B₂)} is added to a layer's
 * weight. Its rank is up to rank², with as many parameters as LoRA of twice the rank.
 */
@Component
@Provides(kind = "adapter", type = "loha")
public final class Loha implements AdapterType<LohaOptions> {

    @Override
    public Class<LohaOptions> options() {
        return LohaOptions.class;
    }

    @Override
    public Adapter create(LohaOptions options, Model model) {
        return options.adapter(new LohaRule(options), model);
    }

    @Override
    public Optional<LohaOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("LOHA")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LohaOptions options = new LohaOptions(configuration.count("r", 8), configuration.number("alpha", 8),
                0, modules.targetModules(), modules.excludeModules(), modules.layersToTransform(),
                configuration.texts("modules_to_save"));
        // Dropout of ranks and of modules is for training only, effective convolutions are for convolutions only.
        configuration.ignore("init_weights", "rank_dropout", "module_dropout", "use_effective_conv2d").requireNothingElse();
        return Optional.of(options);
    }
}
