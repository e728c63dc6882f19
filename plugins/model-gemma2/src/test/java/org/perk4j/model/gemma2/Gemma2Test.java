package org.perk4j.model.gemma2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.decoder.Architecture;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;

class Gemma2Test {

    private final Map<String, Object> json = new HashMap<>(Map.of("vocab_size", 97.0, "max_position_embeddings", 64.0,
            "hidden_size", 32.0, "intermediate_size", 40.0, "num_hidden_layers", 3.0, "num_attention_heads", 4.0));

    private AttentionSpec spec(int layer) {
        return new Gemma2().architecture(json).blocks().apply(layer).attention().spec();
    }

    private void assertRefused(String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> new Gemma2().create(json)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    @Test
    void weightsAreCountedWithoutMakingThem() {
        Gemma2 type = new Gemma2();
        assertEquals(type.create(json).parameters().stream().mapToLong(p -> p.shape().size()).sum(), type.weights(json));
    }

    @Test
    void absentKeysHaveHuggingFacesDefaults() {
        Architecture model = new Gemma2().architecture(json);
        assertEquals(new AttentionSpec(new Heads(4, 4, 256), 1.0 / 16, 4096, 50), spec(0));
        assertEquals(new AttentionSpec(new Heads(4, 4, 256), 1.0 / 16, AttentionSpec.ALL, 50), spec(1));
        assertEquals(30, model.head().softCap());
        assertEquals(model.embedding().tokens(), model.head().weight());
        assertEquals(Math.sqrt(32), model.embedding().scale());
    }

    @Test
    void aSoftCapThatIsNullIsNone() {
        json.put("attn_logit_softcapping", null);
        json.put("final_logit_softcapping", null);
        assertEquals(AttentionSpec.UNCAPPED, spec(0).softCap());
        assertEquals(AttentionSpec.UNCAPPED, new Gemma2().architecture(json).head().softCap());
        json.put("attn_logit_softcapping", 0.0);
        assertRefused("attn_logit_softcapping: 0.0 is not a positive number");
    }
}
