package org.perk4j.adapter.lora;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Adds the product of its low-rank factors to each adapted layer.
 *
 * @param lacking the factors that are subtracted from the layer, without dropout, by the layer's name
 */
record LoraAdaptation(Map<String, Factors> factors, Map<String, Factors> lacking, double rate, Dropout dropout)
        implements Adaptation {

    /**
     * The largest sum of ranks over all adapters for which their factors are stacked. A stack is a copy of all factors, and
     * making it takes time quadratic in the ranks; beyond this, separate operations for each adapter are faster.
     */
    private static final int STACKED_RANKS = 256;

    /** The factors of one site: A {@code rank×inputs}, B {@code outputs×rank}, and the factor on their product. */
    record Factors(Tensor a, Tensor b, double scale) {

        /** @param seen what A reads: the input, perhaps with dropout */
        Tensor beside(Ops ops, Layer base, Tensor input, Tensor seen) {
            return base.plusProduct(ops, input, scale, ops.matmul(seen, false, a, true), b);
        }

        Tensor addedTo(Ops ops, Tensor output, Tensor input) {
            return ops.addProductTo(output, scale, ops.matmul(input, false, a, true), b);
        }
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
        Factors at = factors.get(site.name());
        if (at == null) {
            return base.of(ops, input);
        }
        Tensor seen = rate == 0 ? input : dropout.apply(ops, site, input, rate);
        Tensor output = at.beside(ops, base, input, seen);
        Factors lack = lacking.get(site.name());
        return lack == null ? output : lack.addedTo(ops, output, input);
    }

    @Override
    public RowAdaptations beside(Ops ops, List<Adaptation> all) {
        List<LoraAdaptation> stackable = all.stream()
                .filter(LoraAdaptation.class::isInstance).map(LoraAdaptation.class::cast)
                .filter(lora -> lora.dropsNothing() && lora.lacking.isEmpty() && lora.isOfOneRank()
                        && lora.factors.keySet().equals(factors.keySet()))
                .toList();
        if (stackable.size() == all.size() && ops instanceof Compute compute && compute.hasOwnProducts()
                && stackable.stream().allMatch(lora -> lora.rank() == rank())) {
            return new OwnFactors(compute, stackable);
        }
        int ranks = stackable.stream().mapToInt(LoraAdaptation::rank).sum();
        return stackable.size() == all.size() && ranks <= STACKED_RANKS
                && ops instanceof Compute compute && stackable.stream().allMatch(lora -> lora.isFinite(compute))
                ? new StackedFactors(compute, stackable) : RowAdaptations.oneAfterAnother(all);
    }

    /** Whether zeros times B are zeros, that is, whether B is finite. */
    private boolean isFinite(Compute compute) {
        try (Scope scope = compute.scope()) {
            Tensor zero = compute.fill(new Shape(1, 1), 0);
            for (Factors at : factors.values()) {
                zero = compute.add(zero, compute.scoped(() -> compute.dot(compute.scale(at.b, at.scale),
                        compute.fill(at.b.shape(), 0))));
            }
            return compute.download(zero)[0] == 0;
        }
    }

    /** @return the rank at each site, if {@link #isOfOneRank} */
    int rank() {
        return factors.values().iterator().next().a.rows();
    }

    private boolean isOfOneRank() {
        return factors.values().stream().allMatch(at -> at.a.rows() == rank());
    }

    private boolean dropsNothing() {
        return rate == 0 || dropout == Dropout.NONE;
    }
}
