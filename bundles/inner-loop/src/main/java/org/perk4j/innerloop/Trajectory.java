package org.perk4j.innerloop;

import java.util.List;
import java.util.Map;
import org.perk4j.tensor.Tensor;

/**
 * The result of the forward pass: (θ_t, g_t, o_t) of each step t, and θ_N. Immutable, but what is kept can be taken only
 * once, so there is one backward pass. Closing it deletes the file, if there is one.
 */
public final class Trajectory implements AutoCloseable {

    private final KeptSteps kept;
    private final List<Step> steps;
    private final Tensor end;
    private final int unrolled;

    /**
     * The record of one step.
     *
     * @param moved    θ_t
     * @param gradient g_t
     * @param state    o_t
     * @param products the products of the evaluation of g_t, by the number of a micro-batch's first text
     */
    record Step(KeptSteps.Kept moved, KeptSteps.Kept gradient, List<KeptSteps.Kept> state,
                Map<Integer, KeptProducts.OfGradient> products) {
    }

    /** @param unrolled how many of the last steps to differentiate through */
    Trajectory(KeptSteps kept, List<Step> steps, Tensor end, int unrolled) {
        this.kept = kept;
        this.steps = List.copyOf(steps);
        this.end = end;
        this.unrolled = unrolled;
    }

    /** @return θ_N as a row: owned by the scope in which the steps were taken */
    public Tensor end() {
        return end;
    }

    int unrolled() {
        return unrolled;
    }

    List<Step> steps() {
        return steps;
    }

    /** @return a tensor of a step, for the caller to free */
    Tensor take(KeptSteps.Kept of) {
        return kept.take(of);
    }

    @Override
    public void close() {
        kept.close();
    }
}
