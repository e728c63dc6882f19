package org.perk4j.adapter.dora;

import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.plugin.Provides;

/**
 * DoRA (Liu et al. 2024, arXiv 2402.09353): the weight W of a layer becomes {@code m ⊙ (W + scale·B·A)/‖W + scale·B·A‖},
 * with the norm of each output's weights; the magnitudes m are learned, and initialized with W's norms. PEFT calls it LoRA
 * with {@code use_dora}.
 */
@Component
@Provides(kind = "adapter", type = "dora")
public final class Dora implements AdapterType<DoraOptions> {

    @Override
    public Class<DoraOptions> options() {
        return DoraOptions.class;
    }

    @Override
    public Adapter create(DoraOptions options, Model model) {
        return options.adapter(new DoraRule(options), model);
    }

    @Override
    public Optional<DoraOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("LORA") || !configuration.flag("use_dora")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LearnedWeights weights = configuration.learnedWeights(DoraOptions.OWN_BIASES);
        DoraOptions options = new DoraOptions(configuration.count("r", 8), configuration.number("lora_alpha", 8),
                configuration.flag("use_rslora"), configuration.number("lora_dropout", 0), 0, modules.targetModules(),
                modules.excludeModules(), modules.layersToTransform(), weights.bias(), weights.modulesToSave());
        configuration.require("init_lora_weights", true, false, "gaussian")
                .ignore("eva_config", "loftq_config", "corda_config", "lora_ga_config", "qalora_group_size")
                        .requireNothingElse();
        return Optional.of(options);
    }
}
