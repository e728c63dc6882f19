package org.perk4j.backend.cuda;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.perk4j.backend.Backend;

/** Products of bfloat16 by the tensor cores of a device. */
@Tag("gpu")
class DeviceBfloat16Test extends Bfloat16Contract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        backend = Gpu.backend(Factors.BFLOAT16);
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
