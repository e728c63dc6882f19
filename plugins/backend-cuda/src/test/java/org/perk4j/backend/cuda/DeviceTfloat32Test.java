package org.perk4j.backend.cuda;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.perk4j.backend.Backend;

/** Products of floats of which the tensor cores of a device take 11 bits, in the shapes for which cuBLAS prefers those. */
@Tag("gpu")
class DeviceTfloat32Test extends Tfloat32Contract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        backend = Gpu.backend(Factors.TFLOAT32);
    }

    @Override
    protected Backend backend() {
        return backend;
    }

    /** Numbers of 11 bits are 2⁻¹⁰ apart from 1 on. Nobody promises the nearest: tensor cores don't read the other bits. */
    @Override
    protected double rounding() {
        return 0x1p-10;
    }

    @Override
    protected boolean roundsAll() {
        return false;
    }
}
