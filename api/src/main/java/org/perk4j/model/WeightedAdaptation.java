package org.perk4j.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * A weighted sum of adaptations. If a layer's output is y in the base and yᵢ with adaptation i, it becomes
 * {@code y + Σ wᵢ·(yᵢ − y)}; a weight W of the model that adaptation i replaces by Wᵢ becomes
 * {@code W + Σ wᵢ·(Wᵢ − W)}. For LoRA this equals PEFT's {@code add_weighted_adapter} with
 * {@code combination_type="cat"}. The weights may be negative and need not sum to 1. Virtual tokens can't be summed: only
 * one of the adaptations may have some, and its weight must be 1. Immutable and thread-safe.
 */
public final class WeightedAdaptation implements Adaptation {

    private final Parameters base;
    private final Parameters combined;
    private final List<Part> parts;

    private record Part(Adaptation adaptation, Parameters weights, double factor) {
    }

    private WeightedAdaptation(Parameters base, Parameters combined, List<Part> parts) {
        this.base = base;
        this.combined = combined;
        this.parts = parts;
    }

    /**
     * Combines adaptations.
     *
     * @param ops     computes the replaced weights, which belong to the innermost open scope
     * @param base    the model's weights; the result can be used with these only
     * @param all     the adaptations, whose tensors must live as long as the result
     * @param factors the weight of each adaptation
     * @throws IllegalArgumentException if there aren't as many factors, one is not finite, or virtual tokens would have to
     *                                  be added up
     */
    public static WeightedAdaptation of(Ops ops, Parameters base, List<Adaptation> all, double... factors) {
        if (factors.length != all.size()) {
            throw new IllegalArgumentException(all.size() + " adaptations, " + factors.length + " weights");
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < factors.length; i++) {
            if (!Double.isFinite(factors[i])) {
                throw new IllegalArgumentException("the weight " + factors[i] + " is not finite");
            }
            parts.add(new Part(all.get(i), all.get(i).weights(base), factors[i]));
        }
        List<Part> behind = parts.stream().filter(part -> part.adaptation.virtualTokens().isPresent()).toList();
        if (behind.size() > 1 || behind.stream().anyMatch(part -> part.factor != 1)) {
            throw new IllegalArgumentException("virtual tokens can't be added up: one of the adaptations may have some, with"
                    + " the weight 1");
        }
        return new WeightedAdaptation(base, combined(ops, base, parts), List.copyOf(parts));
    }

    private static Parameters combined(Ops ops, Parameters base, List<Part> parts) {
        List<Tensor> combined = new ArrayList<>();
        for (String name : base.names()) {
            Tensor before = base.get(name);
            List<Part> replacing = parts.stream().filter(part -> part.weights.get(name) != before).toList();
            combined.add(replacing.isEmpty() ? before : ops.scoped(() -> {
                Tensor sum = before;
                for (Part part : replacing) {
                    sum = plus(ops, sum, part.factor, part.weights.get(name), before);
                }
                return sum;
            }));
        }
        return base.with(combined);
    }

    private static Tensor plus(Ops ops, Tensor sum, double factor, Tensor after, Tensor before) {
        return ops.combine(1, sum, factor, ops.combine(1, after, -1, before));
    }

    @Override
    public Parameters weights(Parameters base) {
        if (base != this.base) {
            throw new IllegalArgumentException("these adaptations were put together for other weights of the model");
        }
        return combined;
    }

    @Override
    public Optional<VirtualTokens> virtualTokens() {
        return parts.stream().flatMap(part -> part.adaptation.virtualTokens().stream()).findFirst();
    }

    /** @param layer with the {@link #weights} of this */
    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer layer) {
        return ops.scoped(() -> {
            Tensor replaced = layer.of(ops, input);
            Tensor sum = replaced;
            for (Part part : parts) {
                Layer own = Layer.of(site, part.weights);
                boolean isSame = own.weight() == layer.weight() && own.bias() == layer.bias();
                Tensor before = isSame ? replaced : own.of(ops, input);
                Tensor after = part.adaptation.apply(ops, site, input, new KnownLayer(own, input, () -> before));
                if (after != before) {
                    sum = plus(ops, sum, part.factor, after, before);
                }
            }
            return sum;
        });
    }
}
