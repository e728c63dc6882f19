package org.perk4j.adapter.norms;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ModelType;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.tck.AdapterContract;

class NormsContractTest extends AdapterContract<NormsOptions> {

    @Override
    protected AdapterType<NormsOptions> type() {
        return new Norms();
    }

    @Override
    protected List<NormsOptions> options() {
        return List.of(new NormsOptions(List.of()));
    }

    @Override
    protected ModelType model(String modelType) {
        return Map.of("gpt2", new Gpt2(), "llama", new Llama(), "qwen2", new Qwen2()).get(modelType);
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    /** By tools/peft_reference.py. */
    @Override
    protected List<Made> byPeft() {
        return made("gpt2-plain", "llama-plain", "qwen2-plain");
    }
}
