package org.perk4j.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * One forward pass over tokens: the context in which all parts of a decoder compute.
 *
 * @param weights    the weights of the model
 * @param adaptation the adaptation of its linear layers
 * @param tokens     as the layers read them: including embedded virtual tokens, which have the number -1
 * @param virtual    virtual tokens before each sequence; null if there are none or they are in the cache
 * @param cache      the keys and values that the tokens continue; null if there are none
 * @param parts      groups of rows that are read with different weights; empty if all are read with {@code weights}
 */
public record ForwardPass(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, VirtualTokens virtual,
                          KeyValueCache cache, List<Part> parts) {

    /** Makes a pass in which all rows have the same weights. */
    ForwardPass(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, VirtualTokens virtual,
                KeyValueCache cache) {
        this(ops, weights, tokens, adaptation, virtual, cache, List.of());
    }

    /**
     * Some of the rows.
     *
     * @param rows their numbers among all rows
     * @param pass a pass over these rows only
     */
    record Part(int[] rows, ForwardPass pass) {
    }

    /** @return one pass over sequences with different weights */
    static ForwardPass of(Ops ops, List<Reading> readings, Tokens tokens, KeyValueCache cache) {
        List<Part> parts = new ArrayList<>();
        int[] readingOfRow = new int[tokens.ids().length];
        for (Reading reading : readings) {
            int[] rows = reading.rows(tokens.segments());
            Arrays.stream(rows).forEach(row -> readingOfRow[row] = parts.size());
            parts.add(new Part(rows, new ForwardPass(ops, reading.weights(), reading.of(tokens), reading.adaptation(), null,
                    null)));
        }
        Adaptation together = RowAdaptations.oneAfterAnother(readings.stream().map(Reading::adaptation).toList())
                .rows(readingOfRow);
        return new ForwardPass(ops, readings.get(0).weights(), tokens, together, null, cache, parts);
    }

    /**
     * @return the value of a weight
     * @throws IllegalStateException if it differs between rows: use {@link #apart}
     */
    public Tensor weight(ParameterSpec parameter) {
        if (!isShared(parameter)) {
            throw new IllegalStateException(parameter.name() + ": differs between rows");
        }
        return weights.get(parameter.name());
    }

    private boolean isShared(ParameterSpec parameter) {
        Tensor own = weights.get(parameter.name());
        return parts.stream().allMatch(part -> part.pass.weights.get(parameter.name()) == own);
    }

    /**
     * Applies a part of the model to each row, with the weights that the row is read with: to all rows at once, if these
     * weights are the same for all.
     *
     * @param read all weights that {@code step} uses
     * @param x    as many rows as there are tokens, or a multiple, with consecutive rows for each token; null for none
     * @param step computes as many rows as it gets
     */
    public Tensor apart(List<ParameterSpec> read, Tensor x, BiFunction<ForwardPass, Tensor, Tensor> step) {
        if (read.stream().allMatch(this::isShared)) {
            return step.apply(this, x);
        }
        int rowsOfToken = x == null ? 1 : x.rows() / tokens.ids().length;
        return ops.scoped(() -> {
            Tensor all = null;
            for (Part part : parts) {
                int[] rows = Arrays.stream(part.rows)
                        .flatMap(row -> IntStream.range(row * rowsOfToken, (row + 1) * rowsOfToken)).toArray();
                Tensor made = step.apply(part.pass, x == null ? null : ops.gatherRows(x, rows));
                Tensor placed = ops.scatterRows(made, tokens.ids().length * rowsOfToken, rows);
                all = all == null ? placed : ops.add(all, placed);
            }
            return all;
        });
    }

    /**
     * @param packed queries, keys and values of a layer, as {@link org.perk4j.tensor.Heads} packs them
     * @return the outputs of the attention
     */
    public Tensor attend(int layer, AttentionSpec spec, Tensor packed) {
        if (cache != null) {
            return ops.cachedAttention(packed, spec, tokens.segments(), cache.keys().get(layer), cache.values().get(layer),
                    cache.starts(), cache.past());
        }
        return virtual instanceof VirtualTokens.Attended before ? attendBehind(before, layer, spec, packed)
                : ops.attention(packed, spec, tokens.segments());
    }

    private Tensor attendBehind(VirtualTokens.Attended before, int layer, AttentionSpec spec, Tensor packed) {
        Behind behind = new Behind(tokens.segments(), before.count());
        return ops.scoped(() -> {
            Tensor all = ops.add(ops.gatherRows(packed, behind.textOfRow()),
                    ops.gatherRows(asRead(before, layer, spec), behind.virtualOfRow()));
            return ops.gatherRows(ops.attention(all, spec, behind.segments()), behind.rowOfText());
        });
    }

    /** Writes virtual tokens into the cache of each sequence; this pass reads these tokens only. */
    void remember(int layer, AttentionSpec spec, VirtualTokens.Attended before) {
        ops.scoped(() -> attend(layer, spec, ops.gatherRows(asRead(before, layer, spec), tokens.positions())));
    }

    /** @return virtual tokens as {@link org.perk4j.tensor.Heads} packs queries, keys and values; their queries are zero */
    private Tensor asRead(VirtualTokens.Attended before, int layer, AttentionSpec spec) {
        Tensor nothing = ops.fill(new Shape(before.count(), spec.heads().queryColumns()), 0);
        return ops.concatenateColumns(nothing, before.keysAndValues(ops, layer));
    }
}
