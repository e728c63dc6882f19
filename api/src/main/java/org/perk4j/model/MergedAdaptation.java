package org.perk4j.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * An adaptation merged into the weights of its model, which is then as fast as without an adaptation, and can be saved as a
 * model. It replaces weights and does nothing else.
 *
 * <p>To unmerge, use the base's weights again. They are never modified, so results are the same as before to the bit.
 * Changed weights are copies, which belong to the innermost scope that was open when this was made; the original adaptation
 * may be closed before them.
 *
 * <p>An adaptation of any kind can be merged if it turns each linear layer into another linear layer, whose weight is found
 * by applying it to the unit vectors. Immutable and thread-safe.
 */
public final class MergedAdaptation implements Adaptation {

    private final Parameters changed;

    private MergedAdaptation(Parameters changed) {
        this.changed = changed;
    }

    /**
     * Merges an adaptation.
     *
     * @param compute    a computation with exact products; with rounded ones, linear layers may look non-linear
     * @param weights    the weights of the model
     * @param adaptation the adaptation, without dropout
     * @throws IllegalArgumentException with the reason, if its effect can't be expressed by weights of the model
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

    /** @return the weights that differ from the base's, under the model's names */
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
