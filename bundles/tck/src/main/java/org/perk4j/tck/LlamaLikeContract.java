package org.perk4j.tck;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.tensor.DType;

/**
 * {@link ModelContract} for models whose {@code config.json} has the keys of Llama's: their sizes are given here, and a test
 * adds what is the model's own. The references are taken to be of Hugging Face transformers, which computes rotary angles
 * and root mean squares in float32 even in a model of float64.
 */
@ConsumerType
public abstract class LlamaLikeContract extends ModelContract {

    private final ModelType type;
    private final List<String> references;
    private final Map<String, Object> keys;
    private final Map<String, Map<String, Object>> variants;

    /**
     * @param type       the type under test
     * @param references the folders of models among the resources, or none: see {@link #references}
     * @param keys       what all small models have in their configuration beside the sizes; numbers are doubles
     * @param variants   by their names, what {@linkplain #oneBlock models of one block} have in addition or instead
     */
    protected LlamaLikeContract(ModelType type, List<String> references, Map<String, Object> keys,
                                Map<String, Map<String, Object>> variants) {
        this.type = type;
        this.references = List.copyOf(references);
        this.keys = Map.copyOf(keys);
        this.variants = Map.copyOf(variants);
    }

    @Override
    protected final ModelType type(String modelType) {
        return type;
    }

    @Override
    protected final List<String> references() {
        return references;
    }

    @Override
    protected final DType precisionOfReferences() {
        return DType.FLOAT32;
    }

    @Override
    protected final List<String> variants() {
        return variants.keySet().stream().sorted().toList();
    }

    @Override
    protected final Model oneBlock(String variant) {
        return model(1, 6, variants.get(variant));
    }

    @Override
    protected final Model blocks(int count) {
        return model(count, 20, Map.of());
    }

    private Model model(int layers, int positions, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of("vocab_size", 11.0, "max_position_embeddings", (double) positions,
                "hidden_size", 8.0, "intermediate_size", 12.0, "num_hidden_layers", (double) layers,
                "num_attention_heads", 4.0, "num_key_value_heads", 2.0));
        config.putAll(keys);
        config.putAll(more);
        return type.create(config);
    }
}
