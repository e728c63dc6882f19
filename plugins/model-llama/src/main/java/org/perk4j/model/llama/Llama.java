package org.perk4j.model.llama;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;

/** Llama (Touvron et al. 2023), and what has its architecture, such as SmolLM2: Hugging Face's {@code LlamaForCausalLM}. */
@Component
@Provides(kind = "model", type = "llama")
public final class Llama implements ModelType {

    @Override
    public Model create(Map<String, Object> config) {
        return new LlamaModel(LlamaConfig.ofLlama(config));
    }

    @Override
    public long weights(Map<String, Object> config) {
        return LlamaConfig.ofLlama(config).weights();
    }
}
