package org.perk4j.model;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * How a model is changed during one evaluation: the outputs of its linear layers, replaced weights, and virtual tokens
 * before each text. Each row of an output depends on the same row of the input alone.
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
     * @param base  the base model's layer
     * @return the layer's new output, {@code m×site.outputs()}
     */
    Tensor apply(Ops ops, Site site, Tensor input, Layer base);

    /**
     * Replaces weights of the model. The caller evaluates the model with these weights instead of its own.
     *
     * @param base the model's weights
     * @return the same with some of them replaced; {@code base} itself if none are
     */
    default Parameters weights(Parameters base) {
        return base;
    }

    /**
     * @param own replacements for weights of the model, by their names
     * @return an adaptation that replaces these weights and changes nothing else
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
     * Virtual tokens, which the model reads before each text; with a cache only once, in {@link Model#begin}.
     *
     * @return the same each time; empty for none
     */
    default Optional<VirtualTokens> virtualTokens() {
        return Optional.empty();
    }

    /**
     * Combines adaptations, so that sequences with different ones can be read in one batch. Override this if several
     * adaptations of a kind can be applied faster together than one after another. Virtual tokens are not included:
     * sequences with virtual tokens are read together in caches that {@link Model#begin} has filled, each with its own
     * adaptation.
     *
     * @param ops prepares tensors, which belong to the innermost open scope
     * @param all adaptations of any kind, with the same {@link #weights}; this is the first of them
     */
    default RowAdaptations beside(Ops ops, List<Adaptation> all) {
        return RowAdaptations.oneAfterAnother(all);
    }
}
