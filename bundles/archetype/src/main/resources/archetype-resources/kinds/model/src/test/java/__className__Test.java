package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.decoder.Architecture;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.tck.ModelContract;
import org.perk4j.tensor.AttentionSpec;

/** What every model must do, its derivatives among that: see there. And what this one does. */
class ${className}Test extends ModelContract {

    @Override
    protected ModelType type(String modelType) {
        return new ${className}();
    }

    @Override
    protected List<String> references() {
        return List.of(); // folders of models that another implementation computed with, if there is one
    }

    @Override
    protected List<String> variants() {
        return List.of("nearest tokens", "all tokens");
    }

    @Override
    protected Model oneBlock(String variant) {
        return new ${className}().create(config(1, 6, variant.equals("all tokens") ? 1 : 2));
    }

    @Override
    protected Model blocks(int count) {
        return new ${className}().create(config(count, 20, 2));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    /** Numbers are doubles, as they come from a file. */
    private static Map<String, Object> config(double layers, double positions, double every) {
        return Map.of("vocab_size", 11.0, "hidden_size", 8.0, "intermediate_size", 12.0, "num_hidden_layers", layers,
                "num_attention_heads", 4.0, "num_key_value_heads", 2.0, "max_position_embeddings", positions,
                "sliding_window", 3.0, "full_attention_every", every);
    }

    @Test
    void eachThirdLayerAttendsToAllTokens() {
        Architecture architecture = new ${className}().architecture(config(4, 20, 3));
        assertEquals(List.of(3, 3, AttentionSpec.ALL, 3), IntStream.range(0, 4)
                .mapToObj(layer -> architecture.blocks().apply(layer).attention().spec().window()).toList());
    }

    @Test
    void whatIsNoNumberOfLayersIsRefusedByItsKey() {
        Map<String, Object> config = new HashMap<>(config(4, 20, 0.5));
        String message = assertThrows(IllegalArgumentException.class, () -> new ${className}().create(config)).getMessage();
        assertTrue(message.startsWith("full_attention_every: 0.5 is not a positive integer"), message);
    }
}
