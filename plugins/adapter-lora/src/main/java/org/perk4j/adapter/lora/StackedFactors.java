package org.perk4j.adapter.lora;

import java.math.BigInteger;
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
 * The factors of several adapters for the same sites, stacked: all rows are multiplied with the A of all adapters at once;
 * of each row only the ranks of its own adapter are kept, the others are set to zero; then it is multiplied with the B of
 * all. If each adapter has few rows, as in decoding, this reads each factor once, which is the minimum, in four operations
 * per site for any number of adapters. The factors are transposed, to inputs×ranks and ranks×outputs: a product of few rows
 * then sums up rows, which is faster than summing along rows as short as a rank's.
 *
 * <p>Other adapters' ranks are masked by selection, not multiplied by zero, so an A whose products are not finite affects
 * only its own rows. Each B is multiplied with other rows' zeros, so it must be finite.
 */
final class StackedFactors implements RowAdaptations {

    /** The most rows per adapter for which the products with zeros cost less than separate operations per adapter. */
    private static final int FEW_ROWS = 4;

    private final Ops ops;
    private final List<LoraAdaptation> all;
    private final Map<String, Factors> stacks = new HashMap<>();
    /** The number of ranks in a part; each adapter's rank is a multiple of it. */
    private final int part;
    /** The number of the adapter that each part belongs to. */
    private final int[] owners;

    StackedFactors(Ops ops, List<LoraAdaptation> all) {
        this.ops = ops;
        this.all = all;
        this.part = all.stream().map(lora -> BigInteger.valueOf(lora.rank())).reduce(BigInteger::gcd).orElseThrow()
                .intValue();
        this.owners = IntStream.range(0, all.size()).flatMap(
                number -> IntStream.generate(() -> number).limit(all.get(number).rank() / part)).toArray();
        Tensor identity = identity(owners.length * part);
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
        int[] own = IntStream.range(0, chosen.length * owners.length)
                .map(i -> chosen[i / owners.length] == owners[i % owners.length] ? i : -1).toArray();
        return (on, site, input, base) -> {
            Factors at = stacks.get(site.name());
            return at == null ? base.of(on, input) : on.scoped(
                    () -> on.add(base.of(on, input), on.matmul(ofOwn(on, on.matmul(input, at.a()), own), at.b())));
        };
    }

    /** @return the same, with zeros in the parts that don't belong to the row's adapter */
    private Tensor ofOwn(Ops on, Tensor ranks, int[] own) {
        Tensor parts = on.reshape(ranks, new Shape(own.length, part));
        return on.reshape(on.gatherRows(parts, own), ranks.shape());
    }
}
