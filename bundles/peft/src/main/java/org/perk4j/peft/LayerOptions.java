package org.perk4j.peft;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.adapter.Adapter;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Model;

/**
 * The options that all adapters of layers have, named as in PEFT. A record of options implements this with components of
 * these names, whose help is in {@link Modules} and {@link LearnedWeights}; its constructor makes one of each, which checks
 * the values.
 */
@ConsumerType
public interface LayerOptions {

    /** @return the layers to adapt, as {@link Modules} takes them */
    JsonValue targetModules();

    /** @return the layers to leave out of those */
    JsonValue excludeModules();

    /** @return the numbers of the blocks whose layers are adapted; empty for all */
    List<Integer> layersToTransform();

    /** @return the biases of the base that are learned in addition; none for types with which PEFT learns none */
    default String bias() {
        return LearnedWeights.NONE;
    }

    /** @return the modules of the base whose weights are learned in addition */
    List<String> modulesToSave();

    /** @return the layers that are adapted */
    default Modules modules() {
        return new Modules(targetModules(), excludeModules(), layersToTransform());
    }

    /** @return the weights of the base that are learned in addition */
    default LearnedWeights learnedWeights() {
        return new LearnedWeights(bias(), modulesToSave());
    }

    /**
     * @return an adapter that applies a rule at each of these layers, and learns these weights in addition
     * @throws IllegalArgumentException naming the key, if the model has no such layers or weights
     */
    default Adapter adapter(SiteRule rule, Model model) {
        return learnedWeights().beside(new SiteAdapter(rule, modules(), model), modules().choose(model.sites()), model);
    }
}
