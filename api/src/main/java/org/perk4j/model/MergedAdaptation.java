package org.perk4j.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * An adaptation written into the weights of its model, which then reads as fast as without any, and can be saved as a model
 * of its own. It replaces weights and does nothing else.
 *
 * <p>To unmerge is to read with the base's weights again, which were never touched: exactly as before, to the bit. They stay
 * their owner's. Those that were changed are copies; they belong to the scope that was the innermost open one when this was
 * made, and the adaptation that they were made of may end before them.
 *
 * <p>Any adaptation can be merged that makes of each linear layer another linear layer, whatever its kind: it is asked what
 * it makes of the unit vectors. Immutable and thread-safe.
 */
public final class MergedAdaptation implements Adaptation {

    private final Parameters changed;

    private MergedAdaptation(Parameters changed) {
        this.changed = changed;
    }

    /**
     * Merges an adaptation.
     *
     * @param compute    with exact products, as those of rounded numbers may not tell what is linear
     * @param weights    of the model, without it
     * @param adaptation that drops nothing
     * @throws IllegalArgumentException saying why, if no weights of the model do what it does
     */
    public static MergedAdaptation of(Compute compute, Model model, Parameters weights, Adaptation adaptation) {
        if (adaptation.virtualTokens().isPresent()) {
            throw new IllegalArgumentException("virtual tokens come before each text, which no weights do");
        }
        Parameters replaced = adaptation.weights(weights);
        Map<String, Tensor> ofLayers = new HashMap<>();
        for (Site site : model.sites()) {
            Layer layer = Layer.of(site, replaced);
            LayerMerge merge = new LayerMerge(compute, adaptation, site, layer);
            Layer merged = merge.changes() ? merge.merged() : layer;
            if (merged.weight() != layer.weight()) {
                ofLayers.put(Layer.weight(site), merged.weight());
            }
            if (merged.bias() != layer.bias()) {
                ofLayers.put(Layer.bias(site), merged.bias());
            }
        }
        List<String> names = weights.names().stream()
                .filter(name -> ofLayers.containsKey(name) || replaced.get(name) != weights.get(name)).toList();
        return new MergedAdaptation(new Parameters(names, names.stream().map(
                name -> ofLayers.containsKey(name) ? ofLayers.get(name) : compute.primal(replaced.get(name))).toList()));
    }

    /** @return the weights that are not the base's, under the model's names */
    public Parameters changed() {
        return changed;
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
        return base.of(ops, input);
    }

    @Override
    public Parameters weights(Parameters base) {
        return base.replacing(changed);
    }
}
