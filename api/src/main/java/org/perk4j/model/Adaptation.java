package org.perk4j.model;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * How the linear layers of a model are changed during one evaluation. A model applies it at each of its sites. What it makes
 * of a row depends on that row alone.
 */
@ConsumerType
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

    /**
     * Puts adaptations side by side, so that sequences with different ones can be read at once. Override this where several
     * of a kind are applied faster together than one after another.
     *
     * @param ops what prepares them; prepared tensors belong to the innermost open scope
     * @param all of any kind; this is the first of them
     */
    default RowAdaptations beside(Ops ops, List<Adaptation> all) {
        return RowAdaptations.oneAfterAnother(all);
    }
}
