package org.perk4j.model.llama;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.tck.LlamaLikeContract;
import org.perk4j.tck.PeftContract;

/** With grouped queries, tied heads and others, biases and none. */
class LlamaContractTest extends LlamaLikeContract {

    LlamaContractTest() {
        super(new Llama(), List.of("llama", "llama-tied", "llama-biased", "llama-yarn"), Map.of(),
                Map.of("untied", Map.of("tie_word_embeddings", false), "tied", Map.of("tie_word_embeddings", true)));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Nested
    class WithLora extends PeftContract {

        WithLora() {
            super(LlamaContractTest.this, new Lora(), references().stream().map(model -> model + "/lora").toList());
        }
    }
}
