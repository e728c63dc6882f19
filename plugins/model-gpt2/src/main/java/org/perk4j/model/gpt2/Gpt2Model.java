package org.perk4j.model.gpt2;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** The embeddings of tokens and positions, summed, through the blocks to a last normalisation; the head is tied. */
final class Gpt2Model implements Model {

    private static final String PREFIX = "transformer.";

    private final ModelSize size;
    private final Heads heads;
    private final AttentionSpec attention;
    private final ParameterSpec tokenEmbedding;
    private final ParameterSpec positionEmbedding;
    private final List<Block> blocks;
    private final LayerNorm last;

    Gpt2Model(Gpt2Config config) {
        int width = config.width();
        size = new ModelSize(config.vocabulary(), width, config.layers(), config.positions());
        heads = new Heads(config.heads(), config.heads(), width / config.heads());
        attention = new AttentionSpec(heads);
        tokenEmbedding = new ParameterSpec(PREFIX + "wte.weight", new Shape(config.vocabulary(), width), 0,
                config.standardDeviation());
        positionEmbedding = new ParameterSpec(PREFIX + "wpe.weight", new Shape(config.positions(), width), 0,
                config.standardDeviation());
        blocks = IntStream.range(0, config.layers()).mapToObj(i -> new Block(PREFIX + "h." + i, config)).toList();
        last = new LayerNorm(PREFIX + "ln_f", width, config.epsilon());
    }

    @Override
    public ModelSize size() {
        return size;
    }

    @Override
    public Heads heads() {
        return heads;
    }

    @Override
    public List<Site> sites() {
        return blocks.stream().flatMap(block -> block.sites().stream()).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        List<ParameterSpec> all = new ArrayList<>(List.of(tokenEmbedding, positionEmbedding));
        blocks.forEach(block -> all.addAll(block.parameters()));
        all.addAll(List.of(last.gain(), last.bias()));
        return all;
    }

    @Override
    public String head() {
        return tokenEmbedding.name();
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation) {
        return hidden(ops, weights, tokens, adaptation,
                (layer, packed) -> ops.attention(packed, attention, tokens.segments()));
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache) {
        return hidden(ops, weights, tokens, adaptation, (layer, packed) -> ops.cachedAttention(packed, attention,
                tokens.segments(), cache.keys().get(layer), cache.values().get(layer), cache.past()));
    }

    /** What a layer's packed queries, keys and values attend to. */
    private interface Attention {
        Tensor apply(int layer, Tensor packed);
    }

    private Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, Attention attention) {
        size.requireReadable(tokens);
        return ops.scoped(() -> last.apply(ops, weights,
                afterBlocks(blocks.size(), ops, weights, tokens, adaptation, attention)));
    }

    /** Nested, not in a loop, so that the scope of each block frees the output of the one before it. */
    private Tensor afterBlocks(int count, Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation,
                               Attention attention) {
        if (count == 0) {
            return embedded(ops, weights, tokens);
        }
        int layer = count - 1;
        return ops.scoped(() -> blocks.get(layer).apply(ops, weights, adaptation,
                packed -> attention.apply(layer, packed),
                afterBlocks(layer, ops, weights, tokens, adaptation, attention)));
    }

    private Tensor embedded(Ops ops, Parameters weights, Tokens tokens) {
        return ops.scoped(() -> ops.add(
                ops.gatherRows(weights.get(tokenEmbedding.name()), tokens.ids()),
                ops.gatherRows(weights.get(positionEmbedding.name()), tokens.positions())));
    }
}
