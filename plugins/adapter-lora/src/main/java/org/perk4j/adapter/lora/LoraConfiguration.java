package org.perk4j.adapter.lora;

import java.util.Map;
import java.util.Optional;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;

/** PEFT's {@code LoraConfig}, as far as it describes LoRA alone. */
final class LoraConfiguration {

    private LoraConfiguration() {
    }

    static Optional<LoraOptions> options(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("LORA") || configuration.flag("use_dora")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LearnedWeights weights = configuration.learnedWeights("lora_only");
        LoraOptions options = new LoraOptions(configuration.count("r", 8), configuration.number("lora_alpha", 8),
                configuration.flag("use_rslora"), configuration.number("lora_dropout", 0), modules.targetModules(),
                modules.excludeModules(), modules.layersToTransform(), configuration.patterns("rank_pattern"),
                configuration.patterns("alpha_pattern"), 0, 0, InitLoraWeights.NORMAL, 1, weights.bias(),
                weights.modulesToSave());
        // How a training began matters only where it changed the base's weights, which are not in the adapter.
        configuration.require("init_lora_weights", true, false, "gaussian", "eva", "orthogonal")
                .ignore("eva_config", "loftq_config", "corda_config", "lora_ga_config", "qalora_group_size")
                .requireNothingElse();
        return Optional.of(options);
    }
}
