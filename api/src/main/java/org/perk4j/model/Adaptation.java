package org.perk4j.model;

import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** How the linear layers of a model are changed during one evaluation. A model applies it at each of its sites. */
@FunctionalInterface
public interface Adaptation {

    /** Changes nothing. */
    Adaptation NONE = (ops, site, input, output) -> output;

    /**
     * @param input  of the layer, {@code m×site.inputs()}
     * @param output of the layer as the base model computes it, bias included, {@code m×site.outputs()}
     * @return what the layer is to yield instead
     */
    Tensor apply(Ops ops, Site site, Tensor input, Tensor output);
}
