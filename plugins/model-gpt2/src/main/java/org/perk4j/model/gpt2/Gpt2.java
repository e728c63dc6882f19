package org.perk4j.model.gpt2;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.plugin.Provides;

/** GPT-2 (Radford et al. 2019), as Hugging Face's {@code GPT2LMHeadModel} computes it, without dropout. */
@Component
@Provides(kind = "model", type = "gpt2")
public final class Gpt2 implements ModelType {

    @Override
    public Model create(Map<String, Object> config) {
        return new Gpt2Model(Gpt2Config.of(config));
    }

    @Override
    public long weights(Map<String, Object> config) {
        return Gpt2Config.of(config).weights();
    }
}
