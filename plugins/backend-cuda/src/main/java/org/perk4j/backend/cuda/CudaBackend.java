package org.perk4j.backend.cuda;

import java.util.function.LongUnaryOperator;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;

/** One device as a backend. */
final class CudaBackend implements Backend, AutoCloseable {

    private final Driver driver;
    private final Arena arena;
    private final CudaSettings settings;

    CudaBackend(Driver driver, CudaSettings settings) {
        this(driver, settings, new Arena(driver));
    }

    /** @param sizes the size of the block of memory for so many bytes */
    CudaBackend(Driver driver, CudaSettings settings, LongUnaryOperator sizes) {
        this(driver, settings, new Arena(driver, sizes));
    }

    private CudaBackend(Driver driver, CudaSettings settings, Arena arena) {
        this.driver = driver;
        this.settings = settings;
        this.arena = arena;
    }

    @Override
    public String device() {
        return driver.device() + (settings.bfloat16() ? ", products of bfloat16" : "");
    }

    @Override
    public Compute open(DType dtype) {
        return new CudaCompute(driver.stream(dtype), arena.open(), dtype, settings);
    }

    /** The device is lost: its memory is not given back any more. */
    void lose() {
        arena.lose();
    }

    /** Gives the device back. All computations must be closed. */
    @Override
    public void close() {
        arena.trim();
        driver.close();
    }
}
