package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.tck.RoundedProductsContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Products of floats of which 11 bits count. */
abstract class Tfloat32Contract extends RoundedProductsContract {

    @ParameterizedTest
    @CsvSource({"1,1,1,false,false", "7,5,3,false,false", "7,5,3,true,false", "7,5,3,false,true", "7,5,3,true,true",
        "17,9,1000,true,false", "256,256,256,false,false"})
    void errorsOfOtherShapesAreBounded(int m, int n, int k, boolean transposeA, boolean transposeB) {
        assertErrorsAreBounded(m, n, k, transposeA, transposeB);
    }

    /** One that is worth the tensor cores, of which each factor loses what it has beyond its 11 bits. */
    @Test
    void aLargeOneIsRounded() {
        Shape square = new Shape(512, 512);
        double[] rounded = new double[(int) square.size()];
        Arrays.fill(rounded, 512);
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor product = compute.matmul(compute.fill(square, 1 + 0x1p-12), compute.fill(square, 1));
            assertArrayEquals(rounded, compute.download(product));
        }
    }
}
