package org.perk4j.adapter.full;

import java.util.List;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ModelType;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.plugin.NoOptions;
import org.perk4j.tck.AdapterContract;

class FullContractTest extends AdapterContract<NoOptions> {

    @Override
    protected AdapterType<NoOptions> type() {
        return new Full();
    }

    @Override
    protected List<NoOptions> options() {
        return List.of(new NoOptions());
    }

    @Override
    protected ModelType model(String modelType) {
        return modelType.equals("gpt2") ? new Gpt2() : new Llama();
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Override
    protected List<Made> byPeft() {
        return List.of();
    }
}
