package org.perk4j.innerloop;

import java.util.List;
import java.util.Map;
import org.perk4j.tensor.Tensor;

/**
 * The way that the steps went: (θ_t, g_t, o_t) of each step t, in a file, and θ_N. Immutable, but what is on file is read once:
 * a trajectory is walked back once. To be closed, which gives up the file.
 */
public final class Trajectory implements AutoCloseable {

    private final TensorFile file;
    private final List<Step> steps;
    private final Tensor end;

    /**
     * What a step left.
     *
     * @param moved    θ_t
     * @param gradient g_t
     * @param state    o_t
     * @param products of the evaluation of g_t, by the number of a micro-batch's first text
     */
    record Step(TensorFile.Stored moved, TensorFile.Stored gradient, List<TensorFile.Stored> state,
                Map<Integer, KeptProducts.OfGradient> products) {
    }

    Trajectory(TensorFile file, List<Step> steps, Tensor end) {
        this.file = file;
        this.steps = List.copyOf(steps);
        this.end = end;
    }

    /** @return θ_N as a row: owned by the scope in which the steps were taken */
    public Tensor end() {
        return end;
    }

    List<Step> steps() {
        return steps;
    }

    Tensor read(TensorFile.Stored stored) {
        return file.read(stored);
    }

    @Override
    public void close() {
        file.close();
    }
}
