package org.perk4j.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Tensor;

/**
 * Causal self-attention: linear layers compute queries, keys and values; queries and keys may be normalized, and rotated by
 * their positions; another linear layer reads the heads' outputs.
 *
 * @param spec     how the heads attend
 * @param inputs   one layer that computes queries, keys and values side by side, or three layers, one for each
 * @param norms    the norm of the queries and that of the keys, each of all columns; empty for none
 * @param rotation null for none
 * @param output   reads the outputs of all heads
 */
public record SelfAttention(AttentionSpec spec, List<Linear> inputs, List<Norm> norms, Rotation rotation, Linear output) {

    /** @return this attention with norms of queries and keys, which are applied to each head's columns */
    public SelfAttention withNorms(Norm ofQueries, Norm ofKeys) {
        int size = spec.heads().size();
        return withNormsOfAllHeads(Norm.apart(ofQueries, size), Norm.apart(ofKeys, size));
    }

    /** @return this attention with norms of queries and keys, which are applied to all heads of a token together */
    public SelfAttention withNormsOfAllHeads(Norm ofQueries, Norm ofKeys) {
        return new SelfAttention(spec, inputs, List.of(ofQueries, ofKeys), rotation, output);
    }

    List<Linear> layers() {
        List<Linear> layers = new ArrayList<>(inputs);
        layers.add(output);
        return layers;
    }

    List<ParameterSpec> parameters() {
        return Stream.concat(layers().stream().map(Linear::parameters), norms.stream().map(Norm::parameters))
                .flatMap(List::stream).toList();
    }

    /** @return queries, keys and values, as {@link Heads} packs them, normalized but not rotated */
    Tensor packed(ForwardPass pass, Tensor x) {
        Tensor[] parts = inputs.stream().map(layer -> layer.apply(pass, x)).toArray(Tensor[]::new);
        for (int i = 0; i < norms.size(); i++) {
            parts[i] = norms.get(i).apply(pass, parts[i]);
        }
        return parts.length == 1 ? parts[0] : pass.ops().concatenateColumns(parts);
    }

    Tensor apply(ForwardPass pass, int layer, Tensor packed) {
        Tensor placed = rotation == null ? packed : rotation.apply(pass, spec.heads(), packed);
        return output.apply(pass, pass.attend(layer, spec, placed));
    }
}
