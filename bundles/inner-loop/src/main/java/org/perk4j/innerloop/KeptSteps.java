package org.perk4j.innerloop;

import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.Tensor;

/**
 * What the backward pass will read of the steps: in the computation's memory as far as that has bytes to spare
 * ({@link Compute#spareBytes}), and beyond that in a file. A device has some, so that nothing of a step goes to the host;
 * the host has none, so that memory doesn't grow with the steps.
 */
final class KeptSteps implements AutoCloseable {

    private final Compute compute;
    private final Scope owner;
    private final TensorFile file;
    private long spare;

    /** A tensor that is kept, in one of two places; the other is null. */
    record Kept(Tensor tensor, TensorFile.Stored stored) {
    }

    /**
     * @param owner the scope that will own what is in memory
     * @param file  for the rest; closed with this
     */
    KeptSteps(Compute compute, Scope owner, TensorFile file) {
        this.compute = compute;
        this.owner = owner;
        this.file = file;
        this.spare = compute.spareBytes();
    }

    /** Keeps a copy of the value of a tensor. */
    Kept keep(Tensor tensor) {
        long bytes = tensor.shape().size() * compute.dtype().bytes();
        if (bytes > spare) {
            return new Kept(null, file.write(tensor));
        }
        spare -= bytes;
        return new Kept(owner.adopt(compute.primal(tensor)), null);
    }

    /** @return a tensor that is kept, for the caller to free; may be called once for each */
    Tensor take(Kept kept) {
        return kept.tensor != null ? kept.tensor : file.read(kept.stored);
    }

    @Override
    public void close() {
        file.close();
    }
}
