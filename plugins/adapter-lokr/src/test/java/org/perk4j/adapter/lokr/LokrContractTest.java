package org.perk4j.adapter.lokr;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.ModelType;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.model.qwen2.Qwen2;
import org.perk4j.peft.Modules;
import org.perk4j.tck.AdapterContract;

class LokrContractTest extends AdapterContract<LokrOptions> {

    private static final JsonValue ALL = JsonValue.of(Modules.ALL);
    private static final JsonValue NONE = JsonValue.of(List.of());

    @Override
    protected AdapterType<LokrOptions> type() {
        return new Lokr();
    }

    @Override
    protected List<LokrOptions> options() {
        return List.of(new LokrOptions(1, 3, -1, true, 0.2, ALL, NONE, List.of(), List.of()),
                new LokrOptions(2, 3, 4, false, 0.2, ALL, NONE, List.of(0), List.of("1.mlp")));
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
        return made("llama-plain", "qwen2-plain", "llama-modules", "llama-decomposed");
    }
}
