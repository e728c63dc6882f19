package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.tck.RoundedProductsContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Products of bfloat16: here those of any size are. */
abstract class Bfloat16Contract extends RoundedProductsContract {

    @ParameterizedTest
    @CsvSource({"1,1,1,false,false", "7,5,3,false,false", "7,5,3,true,false", "7,5,3,false,true", "7,5,3,true,true",
        "17,9,1000,true,false"})
    void errorsOfSmallOnesAreBounded(int m, int n, int k, boolean transposeA, boolean transposeB) {
        assertErrorsAreBounded(m, n, k, transposeA, transposeB);
    }

    @Test
    void roundsToTheNearestOrElseToTheEven() {
        double[] x = {1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-8 + 0x1p-20, -1 - 0x1p-9, 0x1p-133, 3.4e38, Double.NaN, -0.0};
        double[] rounded = {1, 1 + 0x1p-6, 1 + 0x1p-7, -1, 0x1p-133, Double.POSITIVE_INFINITY, Double.NaN, 0};
        try (Compute compute = backend().open(DType.FLOAT32)) {
            Tensor column = compute.constant(new Shape(x.length, 1), x);
            assertArrayEquals(rounded, compute.download(compute.matmul(column, compute.fill(Shape.SCALAR, 1))), 0);
        }
    }
}
