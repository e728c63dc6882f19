package org.perk4j.model.llama;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;

/**
 * Qwen2 and Qwen2.5 (Yang et al. 2024), as Hugging Face's {@code Qwen2ForCausalLM} computes them without sliding windows:
 * Llama with biases on queries, keys and values.
 */
@Component
@Provides(kind = "model", type = "qwen2")
public final class Qwen2 implements ModelType {

    @Override
    public Model create(Map<String, Object> config) {
        return new LlamaModel(LlamaConfig.ofQwen2(config));
    }

    @Override
    public long weights(Map<String, Object> config) {
        return LlamaConfig.ofQwen2(config).weights();
    }
}
