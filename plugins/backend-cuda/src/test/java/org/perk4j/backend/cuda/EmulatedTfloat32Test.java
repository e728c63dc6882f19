package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** On the emulation of CUDA, which rounds floats to 11 bits, in products of all shapes. */
class EmulatedTfloat32Test extends Tfloat32Contract {

    private static Backend backend;

    @BeforeAll
    static void start() throws Exception {
        backend = EmulatedCuda.backend(Factors.TFLOAT32);
    }

    @Override
    protected Backend backend() {
        return backend;
    }

    /** Numbers of 11 bits are 2⁻¹⁰ apart from 1 on, and the nearest is half of that away at most. */
    @Override
    protected double rounding() {
        return 0x1p-11;
    }

    @Test
    void roundsToTheNearestOrElseToTheEven() {
        double[] x = {1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-11 + 0x1p-20, -1 - 0x1p-12, 3.4028e38, Double.NaN, -0.0};
        double[] rounded = {1, 1 + 0x1p-9, 1 + 0x1p-10, -1, Double.POSITIVE_INFINITY, Double.NaN, 0};
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor column = compute.constant(new Shape(x.length, 1), x);
            assertArrayEquals(rounded, compute.download(compute.matmul(column, compute.fill(Shape.SCALAR, 1))), 0);
        }
    }
}
