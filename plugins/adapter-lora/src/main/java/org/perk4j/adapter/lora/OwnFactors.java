package org.perk4j.adapter.lora;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.perk4j.adapter.lora.LoraAdaptation.Factors;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.RowAdaptations;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The factors of several adapters of one rank for the same sites, one below the other, on a backend that multiplies each row
 * with its own. So any number of adapters takes one operation per site.
 */
final class OwnFactors implements RowAdaptations {

    private final Compute compute;
    private final List<LoraAdaptation> all;
    private final Map<String, Factors> blocks = new HashMap<>();

    OwnFactors(Compute compute, List<LoraAdaptation> all) {
        this.compute = compute;
        this.all = all;
        all.get(0).factors().keySet().forEach(site -> blocks.put(site, new Factors(
                below(lora -> lora.factors().get(site).a()), below(lora -> scaled(lora.factors().get(site))), 1)));
    }

    private Tensor scaled(Factors at) {
        return compute.scale(at.b(), at.scale());
    }

    private Tensor below(Function<LoraAdaptation, Tensor> block) {
        return compute.scoped(() -> {
            Tensor[] parts = all.stream().map(block).toArray(Tensor[]::new);
            return compute.reshape(compute.join(parts), new Shape(parts.length * parts[0].rows(), parts[0].columns()));
        });
    }

    @Override
    public Adaptation rows(int... chosen) {
        return (ops, site, input, base) -> {
            Factors at = blocks.get(site.name());
            if (at == null) {
                return base.of(ops, input);
            }
            if (ops != compute) { // which may differentiate
                return RowAdaptations.oneAfterAnother(List.copyOf(all)).rows(chosen).apply(ops, site, input, base);
            }
            return ops.scoped(() -> compute.addOwnProducts(base.of(ops, input), input, at.a(), at.b(), chosen));
        };
    }
}
