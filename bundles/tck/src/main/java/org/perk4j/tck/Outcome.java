package org.perk4j.tck;

import java.util.Arrays;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.Tensor;

/**
 * What an operation yielded, on the heap.
 *
 * @param values   the elements of each result
 * @param tangents likewise, null for a result without tangent
 */
record Outcome(double[][] values, double[][] tangents) {

    static Outcome of(Compute compute, Tensor... results) {
        return new Outcome(Arrays.stream(results).map(compute::download).toArray(double[][]::new),
                Arrays.stream(results).map(r -> r.hasTangent() ? compute.download(compute.tangent(r)) : null)
                        .toArray(double[][]::new));
    }

    /** The tangent of result {@code i}, zeros for none. */
    double[] tangent(int i) {
        return tangents[i] == null ? new double[values[i].length] : tangents[i];
    }

    int results() {
        return values.length;
    }
}
