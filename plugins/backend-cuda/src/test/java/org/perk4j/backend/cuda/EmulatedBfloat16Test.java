package org.perk4j.backend.cuda;

import org.junit.jupiter.api.BeforeAll;
import org.perk4j.backend.Backend;

/** On the emulation of CUDA, which multiplies numbers of bfloat16 as they are defined. */
class EmulatedBfloat16Test extends Bfloat16Contract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        EmulatedCuda.load();
        CudaDriver driver = new CudaDriver(0, EmulatedCuda::code);
        backend = new CudaBackend(driver, new Arena(driver),
                new CudaSettings(Factors.BFLOAT16, CudaSettings.LOGITS, CudaSettings.RECORDED));
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
