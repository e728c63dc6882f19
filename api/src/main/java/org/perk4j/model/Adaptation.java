package org.perk4j.model;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * How a model is changed during one evaluation: what its linear layers yield, which of its weights others stand in for, and
 * what comes before each text. What is made of a row that a layer reads depends on that row alone.
 */
@FunctionalInterface
@ConsumerType
public interface Adaptation {

    /** Changes nothing. */
    Adaptation NONE = (ops, site, input, base) -> base.of(ops, input);

    /**
     * Applied at each linear layer.
     *
     * @param input of the layer, {@code m×site.inputs()}
     * @param base  the layer as the base model has it
     * @return what the layer is to yield, {@code m×site.outputs()}
     */
    Tensor apply(Ops ops, Site site, Tensor input, Layer base);

    /**
     * Whoever evaluates a model with this passes these weights instead of the model's own.
     *
     * @param base the model's weights
     * @return the same with others in the place of some; {@code base} itself if there are none
     */
    default Parameters weights(Parameters base) {
        return base;
    }

    /**
     * @param own weights of the model's, by their names
     * @return reads with these in place of the model's own, and changes nothing else
     */
    static Adaptation replacing(Parameters own) {
        return new Adaptation() {

            @Override
            public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
                return base.of(ops, input);
            }

            @Override
            public Parameters weights(Parameters base) {
                return base.replacing(own);
            }
        };
    }

    /**
     * A model reads these before each text. In a cache they are read once, by {@link Model#begin}.
     *
     * @return the same each time; empty for none
     */
    default Optional<VirtualTokens> virtualTokens() {
        return Optional.empty();
    }

    /**
     * Puts adaptations side by side, so that sequences with different ones can be read at once. Override this where several
     * of a kind are applied faster together than one after another. Virtual tokens are not theirs: sequences with these are
     * read side by side in caches that {@link Model#begin} has begun, each with its own adaptation.
     *
     * @param ops what prepares them; prepared tensors belong to the innermost open scope
     * @param all of any kind, with the same {@link #weights}; this is the first of them
     */
    default RowAdaptations beside(Ops ops, List<Adaptation> all) {
        return RowAdaptations.oneAfterAnother(all);
    }
}
