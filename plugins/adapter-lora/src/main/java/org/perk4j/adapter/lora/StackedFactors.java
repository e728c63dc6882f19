package org.perk4j.adapter.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.adapter.lora.LoraAdaptation.Factors;
import org.perk4j.model.Adaptation;
import org.perk4j.model.RowAdaptations;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Adapters over the same sites with their factors stacked: all rows are multiplied with the A of all adapters at once, and of
 * each row what belongs to other adapters than its own is made zero. While each adapter has few rows, as in decoding, this
 * reads each factor once, as it must be anyway, in three operations a site however many adapters there are.
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
        double[] elements = new double[all.size() * ranks];
        int[] starts = new int[all.size()];
        int start = 0;
        for (int i = 0; i < all.size(); i++) {
            starts[i] = start;
            Arrays.fill(elements, i * ranks + start, i * ranks + start + all.get(i).rank(), 1);
            start += all.get(i).rank();
        }
        owned = ops.constant(new Shape(all.size(), ranks), elements);
        all.get(0).factors().keySet().forEach(site -> stacks.put(site, stack(site, starts, ranks)));
    }

    private Factors stack(String site, int[] starts, int ranks) {
        Tensor a = ops.scoped(() -> {
            Tensor stacked = null;
            for (int i = 0; i < starts.length; i++) {
                LoraAdaptation lora = all.get(i);
                int[] rows = IntStream.range(starts[i], starts[i] + lora.rank()).toArray();
                Tensor part = ops.scatterRows(lora.factors().get(site).a(), ranks, rows);
                stacked = stacked == null ? part : ops.add(stacked, part);
            }
            return stacked;
        });
        Tensor b = ops.scoped(() -> {
            List<Tensor> scaled = new ArrayList<>();
            all.forEach(lora -> scaled.add(ops.scale(lora.factors().get(site).b(), lora.scale())));
            return ops.concatenateColumns(scaled.toArray(Tensor[]::new));
        });
        return new Factors(a, b);
    }

    @Override
    public Adaptation rows(int... chosen) {
        if (chosen.length > FEW_ROWS * all.size()) {
            return RowAdaptations.oneAfterAnother(List.copyOf(all)).rows(chosen);
        }
        Tensor mask = ops.gatherRows(owned, chosen);
        return (on, site, input, output) -> {
            Factors at = stacks.get(site.name());
            return at == null ? output
                    : on.addProduct(output, 1, on.multiply(on.matmul(input, false, at.a(), true), mask), at.b());
        };
    }
}
