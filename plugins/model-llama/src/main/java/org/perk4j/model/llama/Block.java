package org.perk4j.model.llama;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** One block: attention and a gated MLP (Shazeer 2020), each normalised at its input and added to it. */
final class Block {

    private final RmsNorm beforeAttention;
    private final Linear queries;
    private final Linear keys;
    private final Linear values;
    private final Linear attentionOutput;
    private final RmsNorm beforeMlp;
    private final Linear gate;
    private final Linear up;
    private final Linear down;
    private final double queryScale;

    /** @param name such as {@code model.layers.0} */
    Block(String name, LlamaConfig config) {
        int width = config.width();
        Heads heads = config.heads();
        LlamaConfig.Biases biases = config.biases();
        double deviation = config.standardDeviation();
        String attention = name + ".self_attn.";
        String mlp = name + ".mlp.";
        beforeAttention = new RmsNorm(name + ".input_layernorm", width, config.epsilon());
        queries = new Linear(attention + "q_proj", width, heads.queryColumns(), biases.queriesKeysValues(), deviation);
        keys = new Linear(attention + "k_proj", width, heads.keyValueColumns(), biases.queriesKeysValues(), deviation);
        values = new Linear(attention + "v_proj", width, heads.keyValueColumns(), biases.queriesKeysValues(), deviation);
        attentionOutput = new Linear(attention + "o_proj", heads.queryColumns(), width, biases.attentionOutput(), deviation);
        beforeMlp = new RmsNorm(name + ".post_attention_layernorm", width, config.epsilon());
        gate = new Linear(mlp + "gate_proj", width, config.inner(), biases.mlp(), deviation);
        up = new Linear(mlp + "up_proj", width, config.inner(), biases.mlp(), deviation);
        down = new Linear(mlp + "down_proj", config.inner(), width, biases.mlp(), deviation);
        queryScale = config.rotation().magnitude() * config.rotation().magnitude();
    }

    private List<Linear> layers() {
        return List.of(queries, keys, values, attentionOutput, gate, up, down);
    }

    List<Site> sites() {
        return layers().stream().map(Linear::site).toList();
    }

    List<ParameterSpec> parameters() {
        List<ParameterSpec> all = new ArrayList<>(List.of(beforeAttention.gain(), beforeMlp.gain()));
        layers().forEach(layer -> all.addAll(layer.parameters()));
        return all;
    }

    /** @param attention from packed queries, keys and values, before their rotation, to what they attend to */
    Tensor apply(Ops ops, Parameters weights, Adaptation adaptation, UnaryOperator<Tensor> attention, Tensor x) {
        Tensor middle = ops.scoped(() -> {
            Tensor attended = attention.apply(packed(ops, weights, adaptation, x));
            return ops.add(x, attentionOutput.apply(ops, weights, adaptation, attended));
        });
        return ops.scoped(() -> {
            Tensor normalised = beforeMlp.apply(ops, weights, middle);
            Tensor gates = ops.map(Activation.SILU, gate.apply(ops, weights, adaptation, normalised));
            Tensor inner = ops.multiply(gates, up.apply(ops, weights, adaptation, normalised));
            return ops.add(middle, down.apply(ops, weights, adaptation, inner));
        });
    }

    private Tensor packed(Ops ops, Parameters weights, Adaptation adaptation, Tensor x) {
        return ops.scoped(() -> {
            Tensor normalised = beforeAttention.apply(ops, weights, x);
            Tensor query = queries.apply(ops, weights, adaptation, normalised);
            // Queries alone may carry the magnitude of both: only their products with keys matter.
            return ops.concatenateColumns(queryScale == 1 ? query : ops.scale(query, queryScale),
                    keys.apply(ops, weights, adaptation, normalised), values.apply(ops, weights, adaptation, normalised));
        });
    }
}
