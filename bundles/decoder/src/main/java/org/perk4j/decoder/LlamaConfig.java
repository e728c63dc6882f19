package org.perk4j.decoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.perk4j.formats.ModelConfig;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Shape;

/**
 * The keys of {@code config.json} that Llama's descendants share, and the parts that they define, with Hugging Face's names.
 * A model type uses the parts that its models have, and reads further keys itself.
 *
 * @param keys              the whole file
 * @param size              {@code vocab_size}, {@code hidden_size}, {@code num_hidden_layers},
 *                          {@code max_position_embeddings}, or fewer where the rotation is of the type "longrope"
 * @param heads             {@code num_attention_heads}, {@code num_key_value_heads} (as many if null), {@code head_dim}
 * @param inner             {@code intermediate_size}, the inner width of a block's MLP
 * @param standardDeviation {@code initializer_range}, the standard deviation of the initial weights
 */
public record LlamaConfig(ModelConfig keys, ModelSize size, Heads heads, int inner, double standardDeviation) {

    private static final String PREFIX = "model.";

    /** The name of the last normalization. */
    public static final String LAST_NORM = PREFIX + "norm";

    private static final Map<String, Activation> ACTIVATIONS = Map.of("silu", Activation.SILU, "gelu", Activation.GELU,
            "gelu_new", Activation.GELU_TANH, "gelu_pytorch_tanh", Activation.GELU_TANH);

    /**
     * Reads the configuration of models whose heads divide the width among them, unless {@code head_dim} is present.
     *
     * @param type {@code model_type}, for messages
     * @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant
     */
    public static LlamaConfig of(String type, Map<String, Object> config) {
        return of(type, config, Map.of());
    }

    /**
     * Like {@link #of(String, Map)}, for models some of whose defaults differ.
     *
     * @param defaults by key, as in {@code config}
     */
    public static LlamaConfig of(String type, Map<String, Object> config, Map<String, Object> defaults) {
        Map<String, Object> all = new HashMap<>(defaults);
        all.putAll(config);
        return ofSharedWidth(new ModelConfig(type, all));
    }

    private static LlamaConfig ofSharedWidth(ModelConfig keys) {
        int width = keys.count("hidden_size");
        int queries = keys.count("num_attention_heads");
        if (!keys.has("head_dim") && width % queries != 0) {
            throw keys.refusal("num_attention_heads", queries + " heads don't divide hidden_size = " + width
                    + ": set head_dim, or another number");
        }
        return of(keys, width / queries);
    }

    /**
     * Reads the configuration of models with another default of {@code head_dim}.
     *
     * @param type     {@code model_type}, for messages
     * @param headSize the default of {@code head_dim}
     * @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant
     */
    public static LlamaConfig of(String type, Map<String, Object> config, int headSize) {
        return of(new ModelConfig(type, config), headSize);
    }

    private static LlamaConfig of(ModelConfig keys, int headSize) {
        keys.requireOnly("is_causal", true, "tokens attend to preceding tokens only");
        keys.refuse("quantization_config", "use the unquantized model");
        ModelSize size = new ModelSize(keys.count("vocab_size"), keys.count("hidden_size"), keys.count("num_hidden_layers"),
                Rotation.positions(keys));
        return new LlamaConfig(keys, size, heads(keys, headSize), keys.count("intermediate_size"),
                keys.positiveNumber("initializer_range", 0.02));
    }

    private static Heads heads(ModelConfig keys, int headSize) {
        int queries = keys.count("num_attention_heads");
        int keyValues = keys.count("num_key_value_heads", queries);
        if (queries % keyValues != 0) {
            throw keys.refusal("num_key_value_heads", keyValues + " doesn't divide num_attention_heads = " + queries);
        }
        int size = keys.count("head_dim", headSize);
        if (size % 2 != 0) {
            throw keys.refusal("head_dim", size + " columns can't be rotated in pairs: it must be even");
        }
        keys.requireSensible("num_attention_heads", (long) queries * size);
        return new Heads(queries, keyValues, size);
    }

    // ---- keys that not all families have

    /** @return {@code rms_norm_eps} */
    public double epsilon() {
        return keys.positiveNumber("rms_norm_eps", 1e-6);
    }

    /** @return the activation that a key names; by default, the one named {@code absent} */
    public Activation activation(String key, String absent) {
        return keys.has(key) ? ACTIVATIONS.get(keys.oneOf(key, ACTIVATIONS.keySet().stream().sorted().toList(),
                "use a model with one of these activations")) : ACTIVATIONS.get(absent);
    }

    /** @return {@code tie_word_embeddings}: whether the head is the embedding */
    public boolean tied(boolean absent) {
        return keys.has("tie_word_embeddings") ? keys.flag("tie_word_embeddings") : absent;
    }

    /** @return the soft cap of scores; {@link AttentionSpec#UNCAPPED} if the key is null */
    public double softCap(String key, double absent) {
        return keys.isNull(key) ? AttentionSpec.UNCAPPED : keys.positiveNumber(key, absent);
    }

    /**
     * @param absent whether a layer attends to the nearest tokens only, if there is no {@code layer_types}
     * @param window the default of {@code sliding_window}
     * @return the attention of each layer: to all tokens, or to the nearest {@code sliding_window}
     */
    public IntFunction<AttentionSpec> windows(AttentionSpec all, IntPredicate absent, int window) {
        List<String> types = keys.texts("layer_types");
        if (!types.isEmpty() && types.size() != size.layers()) {
            throw keys.refusal("layer_types", "has " + types.size() + " entries for " + size.layers() + " layers");
        }
        for (String type : types) {
            if (!type.equals("full_attention") && !type.equals("sliding_attention")) {
                throw keys.refusal("layer_types", type + " is not supported, only full_attention and sliding_attention");
            }
        }
        AttentionSpec near = all.within(keys.count("sliding_window", window));
        return layer -> (types.isEmpty() ? absent.test(layer) : types.get(layer).equals("sliding_attention")) ? near : all;
    }

    // ---- parts

    /** @return the name of a layer */
    public static String layer(int number) {
        return PREFIX + "layers." + number;
    }

    /** @return a linear layer */
    public Linear linear(String name, int inputs, int outputs, boolean biased) {
        return Linear.of(name, inputs, outputs, biased, standardDeviation);
    }

    /**
     * @param block      the name of the block
     * @param spec       how it attends, without the factor by which the rotation scales scores
     * @param rotation   null for none
     * @param biased     whether queries, keys and values have biases
     * @param biasedLast whether the output has one
     */
    public SelfAttention attention(String block, AttentionSpec spec, Rotation rotation, boolean biased, boolean biasedLast) {
        String name = block + ".self_attn.";
        int width = size.width();
        List<Linear> inputs = List.of(linear(name + "q_proj", width, heads.queryColumns(), biased),
                linear(name + "k_proj", width, heads.keyValueColumns(), biased),
                linear(name + "v_proj", width, heads.keyValueColumns(), biased));
        return attention(spec, inputs, rotation, linear(name + "o_proj", heads.queryColumns(), width, biasedLast));
    }

    /**
     * @param block as for {@link #attention(String, AttentionSpec, Rotation, boolean, boolean)}
     * @return the attention of a block where one layer, {@code qkv_proj}, computes queries, keys and values; without biases
     */
    public SelfAttention fusedAttention(String block, AttentionSpec spec, Rotation rotation) {
        String name = block + ".self_attn.";
        return attention(spec, List.of(linear(name + "qkv_proj", size.width(), heads.packedColumns(), false)), rotation,
                linear(name + "o_proj", heads.queryColumns(), size.width(), false));
    }

    private static SelfAttention attention(AttentionSpec spec, List<Linear> inputs, Rotation rotation, Linear output) {
        // Only products of queries and keys matter: a factor of both goes into the scale.
        double scale = spec.scale() * (rotation == null ? 1 : rotation.scale(spec.heads()));
        return new SelfAttention(spec.scaled(scale), inputs, List.of(), rotation, output);
    }

    /** @return the gated MLP of the block with this name */
    public Mlp mlp(String block, Activation activation, boolean biased) {
        String name = block + ".mlp.";
        return new Mlp(linear(name + "gate_proj", size.width(), inner, biased),
                linear(name + "up_proj", size.width(), inner, biased),
                linear(name + "down_proj", inner, size.width(), biased), activation);
    }

    /** @return the gated MLP of a block in which one layer, {@code gate_up_proj}, computes both factors; without biases */
    public Mlp fusedMlp(String block, Activation activation) {
        String name = block + ".mlp.";
        return new Mlp(null, linear(name + "gate_up_proj", size.width(), 2 * inner, false),
                linear(name + "down_proj", inner, size.width(), false), activation);
    }

    /** @return an RMS norm of hidden states */
    public Norm norm(String name) {
        return Norm.rootMeanSquare(name, size.width(), epsilon());
    }

    /** @param scale a factor on the embeddings */
    public Embedding embedding(double scale) {
        return new Embedding(table(PREFIX + "embed_tokens.weight"), scale, null);
    }

    /**
     * @param tied    whether its weight is the embedding's
     * @param softCap the soft cap of the logits
     */
    public Head head(Embedding embedding, boolean tied, double softCap) {
        return new Head(tied ? embedding.tokens() : table("lm_head.weight"), softCap);
    }

    private ParameterSpec table(String name) {
        return new ParameterSpec(name, new Shape(size.vocabulary(), size.width()), 0, standardDeviation);
    }

    /** @return Llama's architecture: unscaled embeddings, {@code model.norm}, no soft cap; {@code tie_word_embeddings} */
    public Architecture architecture(IntFunction<Block> blocks) {
        Embedding embedding = embedding(1);
        return new Architecture(size, embedding, blocks, norm(LAST_NORM),
                head(embedding, tied(false), AttentionSpec.UNCAPPED));
    }
}
