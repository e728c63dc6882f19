package org.perk4j.innerloop;

import java.util.List;
import java.util.function.Function;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;

/** Sums over micro-batches. */
final class Sum {

    private Sum() {
    }

    /** Sums the results of micro-batches, each a unit of work, holding the temporary tensors of only one at a time. */
    static List<Tensor> of(Compute compute, List<MicroBatch> batches, Function<MicroBatch, List<Tensor>> term) {
        List<Tensor> sum = null;
        compute.submit();
        for (MicroBatch batch : batches) {
            try (Scope scope = compute.scope()) {
                List<Tensor> terms = term.apply(batch);
                if (sum == null) {
                    sum = terms.stream().map(scope::keep).toList();
                } else {
                    for (int i = 0; i < terms.size(); i++) {
                        compute.accumulate(sum.get(i), 1, terms.get(i));
                    }
                }
            }
            compute.submit();
        }
        return sum;
    }
}
