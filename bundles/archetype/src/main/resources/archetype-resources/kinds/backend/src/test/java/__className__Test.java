package ${package};

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Backend;
import org.perk4j.compute.Products;
import org.perk4j.tck.BackendContract;

/** What every backend must do: see there. And what this one does. */
class ${className}Test extends BackendContract {

    @Override
    protected Backend backend() {
        return new ${className}();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void threadsDontChangeProducts(boolean transposeA, boolean transposeB) {
        int rows = 70;
        int columns = 50;
        int inner = 30;
        double[] a = new Random(1).doubles(rows * inner, -1, 1).toArray();
        double[] b = new Random(2).doubles(inner * columns, -1, 1).toArray();
        double[] expected = new Random(3).doubles(rows * columns, -1, 1).toArray();
        double[] product = expected.clone();
        Products.LOOPS.addProduct(expected, 0.5, a, transposeA, b, transposeB, rows, columns, inner);
        new ${className}Products().addProduct(product, 0.5, a, transposeA, b, transposeB, rows, columns, inner);
        assertArrayEquals(expected, product);
    }
}
