package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.perk4j.backend.Backend;
import org.perk4j.tck.BackendContract;

/**
 * The contract of all backends, kept by the kernels and the host's part as they are, on the emulation of CUDA: with checks
 * for accesses out of bounds, races and missed barriers. Blocks of memory are as large as was asked for and begin as
 * not-a-number, and few logits are held at once.
 */
class EmulatedBackendContractTest extends BackendContract {

    private static CudaDriver driver;
    private static Arena arena;
    private static CudaBackend backend;
    private static long free;

    @BeforeAll
    static void start() throws Exception {
        EmulatedCuda.load();
        assertEquals(1, CudaDriver.devices());
        driver = new CudaDriver(0, EmulatedCuda::code);
        free = driver.capacity().freeBytes();
        arena = new Arena(driver, bytes -> bytes);
        backend = new CudaBackend(driver, arena, new CudaSettings(Factors.FLOAT32, 64_000, CudaSettings.RECORDED));
    }

    @AfterAll
    static void stop() {
        if (backend != null) {
            arena.trim();
            assertEquals(free, driver.capacity().freeBytes(), "the device has got all of its memory back");
            driver.close();
        }
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
