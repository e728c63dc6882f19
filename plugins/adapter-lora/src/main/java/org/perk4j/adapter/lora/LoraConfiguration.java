package org.perk4j.adapter.lora;

import java.util.Map;
import java.util.Optional;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;

/** Reads PEFT's {@code LoraConfig}, without the variants of LoRA that other plugins implement. */
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
        // The initialization matters only if it changed the base's weights, which the adapter doesn't contain.
        configuration.require("init_lora_weights", true, false, "gaussian", "eva", "orthogonal")
                .ignore("eva_config", "loftq_config", "corda_config", "lora_ga_config", "qalora_group_size")
                .requireNothingElse();
        return Optional.of(options);
    }
}
