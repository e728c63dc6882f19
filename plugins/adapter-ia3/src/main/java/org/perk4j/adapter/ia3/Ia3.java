package org.perk4j.adapter.ia3;

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
 * (IA)³ (Liu et al. 2022, arXiv 2205.05638): each of a layer's outputs is multiplied by a learned factor; in feed-forward
 * layers, each of its inputs. The factors begin at 1.
 */
@Component
@Provides(kind = "adapter", type = "ia3")
public final class Ia3 implements AdapterType<Ia3Options> {

    @Override
    public Class<Ia3Options> options() {
        return Ia3Options.class;
    }

    @Override
    public Adapter create(Ia3Options options, Model model) {
        return options.adapter(Ia3Rule.of(options, model), model);
    }

    @Override
    public Optional<Ia3Options> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("IA3")) {
            return Optional.empty();
        }
        Modules modules = configuration.modules();
        Ia3Options options = new Ia3Options(configuration.texts("feedforward_modules"), modules.targetModules(),
                modules.excludeModules(), modules.layersToTransform(),
                configuration.texts("modules_to_save"));
        configuration.ignore("init_ia3_weights").requireNothingElse();
        return Optional.of(options);
    }
}
