package org.perk4j.backend.cuda;

import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;

/** A device as a backend. */
final class CudaBackend implements Backend {

    private final Driver driver;
    private final Arena arena;
    private final CudaSettings settings;

    CudaBackend(Driver driver, Arena arena, CudaSettings settings) {
        this.driver = driver;
        this.arena = arena;
        this.settings = settings;
    }

    @Override
    public String device() {
        return driver.device() + (settings.bfloat16() ? ", products of bfloat16" : "");
    }

    @Override
    public Compute open(DType dtype) {
        return new CudaCompute(driver.stream(dtype), arena.open(), dtype, settings);
    }
}
