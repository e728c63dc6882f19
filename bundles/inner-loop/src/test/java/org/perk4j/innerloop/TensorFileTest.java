package org.perk4j.innerloop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class TensorFileTest {

    /**
     * More tensors than there are buffers, smaller and larger than a block of the disk, in one piece or more than there are
     * buffers; every third is fetched in advance.
     */
    @ParameterizedTest
    @CsvSource({"FLOAT32, 1000000", "FLOAT64, 1000000", "FLOAT32, 500", "FLOAT64, 58"})
    void givesBackWhatWasWritten(DType dtype, int piece) {
        try (Compute compute = new JavaCompute(dtype); TensorFile file = new TensorFile(compute, piece)) {
            List<double[]> written = new ArrayList<>();
            List<TensorFile.Stored> stored = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int rows = 1 + 37 * i % 101;
                try (Scope scope = compute.scope()) {
                    Tensor tensor = compute.constant(new Shape(rows, 29),
                            IntStream.range(0, rows * 29).mapToDouble(j -> (float) Math.sin(j)).toArray());
                    written.add(compute.download(tensor));
                    stored.add(file.write(compute.dual(tensor, tensor)));
                }
            }
            Collections.reverse(written);
            Collections.reverse(stored);
            for (int i = 0; i < stored.size(); i++) {
                for (int ahead = i; ahead < stored.size(); ahead += 3) {
                    file.fetch(stored.get(ahead));
                }
                try (Scope scope = compute.scope()) {
                    Tensor tensor = file.read(stored.get(i));
                    assertArrayEquals(written.get(i), compute.download(tensor), "tensor " + i + " from the end");
                    assertEquals(new Shape(written.get(i).length / 29, 29), tensor.shape());
                    assertEquals(false, tensor.hasTangent());
                }
            }
            assertEquals(0, compute.memory().liveBytes());
        }
    }
}
