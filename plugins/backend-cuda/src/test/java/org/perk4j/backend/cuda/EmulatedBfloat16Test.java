package org.perk4j.backend.cuda;

import org.junit.jupiter.api.BeforeAll;
import org.perk4j.backend.Backend;

/** On the emulation of CUDA, which multiplies numbers of bfloat16 as they are defined. */
class EmulatedBfloat16Test extends Bfloat16Contract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        backend = EmulatedCuda.backend(Factors.BFLOAT16);
    }

    @Override
    protected Backend backend() {
        return backend;
    }
}
