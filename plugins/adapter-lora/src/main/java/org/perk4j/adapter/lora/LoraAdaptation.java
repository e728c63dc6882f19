package org.perk4j.adapter.lora;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Adds to each adapted layer the product of its low-rank factors. */
record LoraAdaptation(Map<String, Factors> factors, int rank, double scale, double rate, Dropout dropout)
        implements Adaptation {

    /** The factors of one site: A {@code rank×inputs}, B {@code outputs×rank}. */
    record Factors(Tensor a, Tensor b) {
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Tensor output) {
        Factors at = factors.get(site.name());
        if (at == null) {
            return output;
        }
        Tensor seen = rate == 0 ? input : dropout.apply(ops, site, input, rate);
        return ops.addProduct(output, scale, ops.matmul(seen, false, at.a, true), at.b);
    }

    @Override
    public RowAdaptations beside(Ops ops, List<Adaptation> all) {
        boolean stackable = all.stream().allMatch(other -> other instanceof LoraAdaptation lora && lora.dropsNothing()
                && lora.factors.keySet().equals(factors.keySet()));
        return stackable ? new StackedFactors(ops, all.stream().map(LoraAdaptation.class::cast).toList())
                : RowAdaptations.oneAfterAnother(all);
    }

    private boolean dropsNothing() {
        return rate == 0 || dropout == Dropout.NONE;
    }
}
