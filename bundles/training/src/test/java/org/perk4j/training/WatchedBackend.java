package org.perk4j.training;

import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.DType;

/** Plain Java, with a view of its last computation. */
final class WatchedBackend implements Backend {

    Compute compute;

    @Override
    public String device() {
        return "watched";
    }

    @Override
    public Compute open(DType dtype) {
        compute = new JavaCompute(dtype);
        return compute;
    }
}
