package org.perk4j.adapter.lokr;

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
 * LoKr (LyCORIS, Yeh et al. 2023, arXiv 2309.14859): a Kronecker product {@code alpha/rank·W₁ ⊗ W₂} is added to a layer's
 * weight. W₂, and optionally W₁, is a product of low rank.
 */
@Component
@Provides(kind = "adapter", type = "lokr")
public final class Lokr implements AdapterType<LokrOptions> {

    @Override
    public Class<LokrOptions> options() {
        return LokrOptions.class;
    }

    @Override
    public Adapter create(LokrOptions options, Model model) {
        return options.adapter(new LokrRule(options), model);
    }

    @Override
    public Optional<LokrOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("LOKR")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LokrOptions options = new LokrOptions(configuration.count("r", 8), configuration.number("alpha", 8),
                (int) configuration.number("decompose_factor", -1), configuration.flag("decompose_both"), 0,
                modules.targetModules(), modules.excludeModules(), modules.layersToTransform(),
                configuration.texts("modules_to_save"));
        // Dropout of ranks and of modules is for training only, effective convolutions are for convolutions only.
        configuration.ignore("init_weights", "rank_dropout", "rank_dropout_scale", "module_dropout", "use_effective_conv2d")
                .requireNothingElse();
        return Optional.of(options);
    }
}
