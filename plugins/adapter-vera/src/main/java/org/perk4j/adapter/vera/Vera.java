package org.perk4j.adapter.vera;

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
 * VeRA (Kopiczko et al. 2023, arXiv 2310.11454): a layer's output {@code y} becomes {@code y + b ⊙ (B·(d ⊙ (A·x)))}, with
 * vectors b and d per layer, and random matrices A and B that all layers share and that are not learned.
 */
@Component
@Provides(kind = "adapter", type = "vera")
public final class Vera implements AdapterType<VeraOptions> {

    @Override
    public Class<VeraOptions> options() {
        return VeraOptions.class;
    }

    @Override
    public Adapter create(VeraOptions options, Model model) {
        return options.learnedWeights().beside(new VeraAdapter(options, model.sites()),
                options.modules().choose(model.sites()), model);
    }

    /** Requires {@code save_projection}: PyTorch's random numbers for a seed can't be reproduced here. */
    @Override
    public Optional<VeraOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("VERA")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        LearnedWeights weights = configuration.learnedWeights(VeraOptions.OWN_BIASES);
        VeraOptions options = new VeraOptions(configuration.count("r", 256), configuration.number("vera_dropout", 0), 0.1, 0,
                modules.targetModules(), modules.excludeModules(), modules.layersToTransform(), weights.bias(),
                weights.modulesToSave());
        configuration.require("save_projection", true).ignore("projection_prng_key", "init_weights", "d_initial")
                .requireNothingElse();
        return Optional.of(options);
    }
}
