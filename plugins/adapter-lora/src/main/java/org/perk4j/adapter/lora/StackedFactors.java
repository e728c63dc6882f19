package org.perk4j.adapter.lora;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.perk4j.adapter.lora.LoraAdaptation.Factors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.RowAdaptations;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Adapters over the same sites with their factors side by side: all rows are multiplied with the A of all adapters at once,
 * of each row what belongs to other adapters than its own is made zero, and what is left is multiplied with the B of all.
 * While each adapter has few rows, as in decoding, this reads each factor once, as it must be anyway, in four operations a
 * site however many adapters there are. The factors are transposed, to inputs×ranks and ranks×outputs: then a product of few
 * rows adds up rows, which is less work than to add up along so short a row as a rank's.
 */
final class StackedFactors implements RowAdaptations {

    /** Rows of an adapter up to which the products that come to zero cost less than operations on each adapter's rows. */
    private static final int FEW_ROWS = 4;

    private final Ops ops;
    private final List<LoraAdaptation> all;
    private final Map<String, Factors> stacks = new HashMap<>();
    /** {@code adapters×(sum of ranks)}: 1 where the rank belongs to the adapter. */
    private final Tensor owned;

    StackedFactors(Ops ops, List<LoraAdaptation> all) {
        this.ops = ops;
        this.all = all;
        int ranks = all.stream().mapToInt(LoraAdaptation::rank).sum();
        double[] ones = new double[all.size() * ranks];
        int rank = 0;
        for (int i = 0; i < all.size(); i++) {
            for (int end = rank + all.get(i).rank(); rank < end; rank++) {
                ones[i * ranks + rank] = 1;
            }
        }
        owned = ops.constant(new Shape(all.size(), ranks), ones);
        Tensor identity = identity(ranks);
        all.get(0).factors().keySet().forEach(site -> stacks.put(site, new Factors(
                ops.scoped(() -> sideBySide(lora -> transposed(lora.factors().get(site).a()))),
                ops.scoped(() -> ops.matmul(identity, false, sideBySide(lora -> scaled(lora.factors().get(site))), true)),
                1)));
    }

    private Tensor sideBySide(Function<LoraAdaptation, Tensor> part) {
        return ops.concatenateColumns(all.stream().map(part).toArray(Tensor[]::new));
    }

    private Tensor scaled(Factors at) {
        return ops.scale(at.b(), at.scale());
    }

    private Tensor transposed(Tensor a) {
        return ops.matmul(a, true, identity(a.rows()), false);
    }

    private Tensor identity(int size) {
        double[] elements = new double[size * size];
        IntStream.range(0, size).forEach(i -> elements[i * size + i] = 1);
        return ops.constant(new Shape(size, size), elements);
    }

    @Override
    public Adaptation rows(int... chosen) {
        if (chosen.length > FEW_ROWS * all.size()) {
            return RowAdaptations.oneAfterAnother(List.copyOf(all)).rows(chosen);
        }
        Tensor mask = ops.gatherRows(owned, chosen);
        return (on, site, input, base) -> {
            Factors at = stacks.get(site.name());
            return at == null ? base.of(on, input)
                    : on.add(base.of(on, input), on.matmul(on.multiply(on.matmul(input, at.a()), mask), at.b()));
        };
    }
}
