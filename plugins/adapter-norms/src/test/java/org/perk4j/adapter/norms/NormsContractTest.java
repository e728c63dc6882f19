package org.perk4j.adapter.norms;

import java.util.List;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ModelType;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
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
        return modelType.equals("gpt2") ? new Gpt2() : new Llama();
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    /** By tools/peft_reference.py. */
    @Override
    protected List<Made> byPeft() {
        return made("gpt2-plain", "llama-plain");
    }
}
