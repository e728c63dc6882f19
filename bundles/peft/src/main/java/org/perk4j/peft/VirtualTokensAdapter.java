package org.perk4j.peft;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** An adapter that consists of virtual tokens before each text, with a row each: what PEFT calls prompt learning. */
public final class VirtualTokensAdapter implements Adapter {

    private static final String ROWS = "prompt_embeddings";

    private final ParameterSpec rows;
    private final Function<Tensor, VirtualTokens> tokens;
    private final Map<String, Object> configuration;

    /**
     * @param count             the number of virtual tokens
     * @param columns           the number of columns of a virtual token's row
     * @param standardDeviation of the initial elements
     * @param tokens            makes the virtual tokens from all rows, {@code count×columns}
     * @param configuration     the entries of PEFT's {@code adapter_config.json} that are specific to the type
     * @throws IllegalArgumentException naming the key, if the model can't read that many virtual tokens, or none at all
     */
    public VirtualTokensAdapter(Model model, int count, int columns, double standardDeviation,
                                Function<Tensor, VirtualTokens> tokens, Map<String, Object> configuration) {
        if (!model.readsVirtualTokens()) {
            throw new IllegalArgumentException("type: the model reads no virtual tokens: use an adapter of its layers");
        }
        if (count >= model.size().positions()) {
            throw new IllegalArgumentException("numVirtualTokens: " + count + " leave no room for text: the model reads "
                    + model.size().positions() + " tokens");
        }
        this.rows = new ParameterSpec(ROWS, new Shape(count, columns), 0, standardDeviation);
        this.tokens = tokens;
        this.configuration = new LinkedHashMap<>(configuration);
        this.configuration.put("task_type", "CAUSAL_LM");
        this.configuration.put("inference_mode", true);
        this.configuration.put("num_virtual_tokens", count);
        this.configuration.put("num_layers", model.size().layers());
        this.configuration.put("num_transformer_submodules", 1);
    }

    @Override
    public List<ParameterSpec> parameters() {
        return List.of(rows);
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        return new Preceded(tokens.apply(values.get(ROWS)));
    }

    private record Preceded(VirtualTokens tokens) implements Adaptation {

        @Override
        public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
            return base.of(ops, input);
        }

        @Override
        public Optional<VirtualTokens> virtualTokens() {
            return Optional.of(tokens);
        }
    }

    @Override
    public int virtualTokens() {
        return rows.shape().rows();
    }

    @Override
    public Map<String, Object> configuration() {
        return configuration;
    }
}
