package org.perk4j.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.model.Adaptation;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.Site;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** The model that an {@link Architecture} describes. */
final class Decoder implements Model {

    private final Architecture parts;
    private final List<Block> blocks;

    Decoder(Architecture parts) {
        this.parts = parts;
        blocks = IntStream.range(0, parts.size().layers()).mapToObj(parts.blocks()).toList();
    }

    @Override
    public ModelSize size() {
        return parts.size();
    }

    @Override
    public List<AttentionSpec> attention() {
        return blocks.stream().map(block -> block.attention().spec()).toList();
    }

    @Override
    public List<Site> sites() {
        return blocks.stream().flatMap(block -> block.sites().stream()).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        List<ParameterSpec> all = new ArrayList<>(parts.embedding().parameters());
        blocks.forEach(block -> all.addAll(block.parameters()));
        all.addAll(parts.last().parameters());
        all.addAll(parts.head().parameters(parts.embedding()));
        return all;
    }

    @Override
    public String head() {
        return parts.head().weight().name();
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation) {
        VirtualTokens virtual = adaptation.virtualTokens().orElse(null);
        if (virtual == null) {
            size().requireReadable(tokens);
            return hidden(new ForwardPass(ops, weights, tokens, adaptation, null, null));
        }
        Behind behind = new Behind(tokens.segments(), virtual.count());
        Tokens moved = behind.moved(tokens);
        size().requireReadable(tokens);
        requireReadable(moved, virtual.count());
        if (virtual instanceof VirtualTokens.Attended) {
            return hidden(new ForwardPass(ops, weights, moved, adaptation, virtual, null));
        }
        ForwardPass pass = new ForwardPass(ops, weights, behind.withVirtual(moved), adaptation, virtual, null);
        return ops.scoped(() -> ops.gatherRows(hidden(pass), behind.rowOfText()));
    }

    @Override
    public Tensor hidden(Ops ops, Parameters weights, Tokens tokens, Adaptation adaptation, KeyValueCache cache) {
        size().requireReadable(tokens);
        return hidden(new ForwardPass(ops, weights, tokens, adaptation, null, cache));
    }

    @Override
    public Tensor hidden(Ops ops, List<Reading> readings, Tokens tokens, KeyValueCache cache) {
        boolean isBehind = cache == null
                && readings.stream().anyMatch(each -> each.adaptation().virtualTokens().isPresent());
        if (readings.size() == 1 || isBehind) {
            return Model.super.hidden(ops, readings, tokens, cache);
        }
        size().requireReadable(tokens);
        return hidden(ForwardPass.of(ops, readings, tokens, cache));
    }

    @Override
    public boolean readsVirtualTokens() {
        return true;
    }

    @Override
    public void begin(Ops ops, Parameters weights, Adaptation adaptation, KeyValueCache cache) {
        adaptation.virtualTokens().ifPresent(virtual -> {
            ForwardPass pass = new ForwardPass(ops, weights, Behind.virtual(cache.starts().length, virtual.count()),
                    adaptation, virtual, cache);
            if (virtual instanceof VirtualTokens.Attended attended) {
                IntStream.range(0, blocks.size())
                        .forEach(layer -> pass.remember(layer, blocks.get(layer).attention().spec(), attended));
            } else {
                hidden(pass);
            }
        });
    }

    private void requireReadable(Tokens moved, int virtual) {
        int end = 1 + Arrays.stream(moved.positions()).max().orElseThrow();
        if (end > size().positions()) {
            throw new IllegalArgumentException("a text of " + (end - virtual) + " tokens after " + virtual
                    + " virtual ones: the model has " + size().positions() + " positions");
        }
    }

    private Tensor hidden(ForwardPass pass) {
        return pass.ops().scoped(() -> parts.last().apply(pass, afterBlocks(blocks.size(), pass)));
    }

    /** Recursive instead of a loop, so that the scope of each block frees the previous block's output. */
    private Tensor afterBlocks(int count, ForwardPass pass) {
        if (count == 0) {
            return parts.embedding().apply(pass);
        }
        int layer = count - 1;
        return pass.ops().scoped(() -> blocks.get(layer).apply(pass, layer, afterBlocks(layer, pass)));
    }

    @Override
    public Tensor tokenLoss(Ops ops, Parameters weights, Tensor hidden, int... targets) {
        return parts.head().tokenLoss(ops, weights, hidden, targets);
    }

    @Override
    public Tensor logits(Ops ops, Parameters weights, Tensor hidden) {
        return parts.head().logits(ops, weights, hidden);
    }
}
