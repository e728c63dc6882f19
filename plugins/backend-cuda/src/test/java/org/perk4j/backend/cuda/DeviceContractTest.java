package org.perk4j.backend.cuda;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.perk4j.backend.Backend;
import org.perk4j.tck.BackendContract;

/** The contract of all backends, on a device. */
@Tag("gpu")
class DeviceContractTest extends BackendContract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        backend = Gpu.backend(Factors.FLOAT32);
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
