package org.perk4j.model;

import java.util.List;
import java.util.stream.IntStream;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Adaptations side by side: each row that a layer reads is changed by one of them. */
@ConsumerType
@FunctionalInterface
public interface RowAdaptations {

    /**
     * @param chosen the number of the adaptation to use, for each row that the layers read
     * @return an adaptation that does this; its tensors belong to the innermost open scope
     */
    Adaptation rows(int... chosen);

    /**
     * @param ops prepares tensors, which belong to the innermost open scope
     * @param all at least one, numbered in this order
     */
    static RowAdaptations of(Ops ops, List<Adaptation> all) {
        return all.size() == 1 ? chosen -> all.get(0) : all.get(0).beside(ops, all);
    }

    /** @return adaptations of any kinds, each applied to its own rows; their virtual tokens must be in caches already */
    static RowAdaptations oneAfterAnother(List<Adaptation> all) {
        boolean inCaches = all.stream().anyMatch(
                adaptation -> adaptation instanceof InCaches || adaptation.virtualTokens().isPresent());
        return chosen -> {
            int[][] rowsOf = IntStream.range(0, all.size()).mapToObj(
                    number -> IntStream.range(0, chosen.length).filter(row -> chosen[row] == number).toArray())
                    .toArray(int[][]::new);
            Adaptation together = (ops, site, input, base) -> ops.scoped(() -> {
                Tensor whole = base.of(ops, input); // here, as scopes within end before the next adaptation needs it
                Tensor changed = null;
                for (int number = 0; number < rowsOf.length; number++) {
                    int[] rows = rowsOf[number];
                    if (rows.length > 0) {
                        Tensor part = ops.gatherRows(input, rows);
                        Layer known = new KnownLayer(base, part, () -> ops.gatherRows(whole, rows));
                        Tensor own = ops.scatterRows(all.get(number).apply(ops, site, part, known), chosen.length, rows);
                        changed = changed == null ? own : ops.add(changed, own);
                    }
                }
                return changed;
            });
            return inCaches ? new InCaches(together) : together;
        };
    }
}
