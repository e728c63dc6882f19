package org.perk4j.adapter.adalora;

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
 * AdaLoRA (Zhang et al. 2023, arXiv 2303.10512): a layer's weight W becomes {@code W + scale·B·diag(E)·A}, like a singular
 * value decomposition. A penalty keeps A's rows and B's columns nearly orthonormal, and meta-training prunes the singular
 * values that matter least, within a budget for all layers.
 */
@Component
@Provides(kind = "adapter", type = "adalora")
public final class AdaLora implements AdapterType<AdaLoraOptions> {

    @Override
    public Class<AdaLoraOptions> options() {
        return AdaLoraOptions.class;
    }

    @Override
    public Adapter create(AdaLoraOptions options, Model model) {
        AdaLoraAdapter adapter = new AdaLoraAdapter(options, model.sites());
        return options.learnedWeights().beside(adapter, adapter.adapted(), model);
    }

    /** Ignores the keys that say how ranks were chosen in training. */
    @Override
    public Optional<AdaLoraOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("ADALORA")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LearnedWeights weights = configuration.learnedWeights(AdaLoraOptions.OWN_BIASES);
        int rank = configuration.count("init_r", 12);
        AdaLoraOptions options = new AdaLoraOptions(rank, rank, configuration.number("lora_alpha", 8), 0, 0, 1, 0.85, 0.85,
                configuration.number("orth_reg_weight", 0.5), configuration.anything("rank_pattern"),
                configuration.number("lora_dropout", 0), 0, modules.targetModules(), modules.excludeModules(),
                modules.layersToTransform(), weights.bias(), weights.modulesToSave());
        configuration.require("init_lora_weights", true, false)
                .ignore("r", "target_r", "tinit", "tfinal", "deltaT", "beta1", "beta2", "total_step", "eva_config",
                        "loftq_config", "corda_config", "lora_ga_config", "qalora_group_size").requireNothingElse();
        return Optional.of(options);
    }
}
