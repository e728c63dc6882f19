package org.perk4j.adapter.ia3;

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

class Ia3ContractTest extends AdapterContract<Ia3Options> {

    private static final JsonValue ALL = JsonValue.of(Modules.ALL);
    private static final JsonValue NONE = JsonValue.of(List.of());

    @Override
    protected AdapterType<Ia3Options> type() {
        return new Ia3();
    }

    @Override
    protected List<Ia3Options> options() {
        return List.of(new Ia3Options(List.of(), ALL, NONE, List.of(), List.of()),
                new Ia3Options(List.of("mlp.c_proj", "down_proj"), ALL, NONE, List.of(1), List.of()),
                new Ia3Options(List.of(), ALL, NONE, List.of(0), List.of("1.mlp")));
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
        return made("gpt2-outputs", "llama-outputs", "qwen2-outputs", "gpt2-inputs", "llama-inputs", "qwen2-inputs",
                "gpt2-modules", "llama-modules");
    }
}
