package org.perk4j.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Initial;
import org.perk4j.model.Site;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

class WeightFactorsTest {

    private static final int RANK = 4;

    /** Of a layer as large as GPT-2's, whose weight has the very rank that is asked for: nothing is left of it then. */
    @ParameterizedTest
    @CsvSource({"PISSA, 0.5, true", "OLORA, 1, false"})
    void wholeOfAWeightOfTheirRank(InitLoraWeights how, double scale, boolean inputsFirst) {
        Site site = new Site("transformer.h.0.attn.c_attn", 768, 2304, inputsFirst);
        try (Compute compute = new JavaCompute(DType.FLOAT32)) {
            double[] weight = compute.download(compute.matmul(
                    compute.constant(new Shape(inputsFirst ? 768 : 2304, RANK), drawn(inputsFirst ? 768 : 2304)),
                    compute.constant(new Shape(RANK, inputsFirst ? 2304 : 768), drawn(inputsFirst ? 2304 : 768))));
            Initial.Weights base = name -> weight;
            WeightFactors factors = new WeightFactors(site, how, RANK, scale);
            double[] a = elements(factors.a(), base);
            double[] b = elements(factors.b(), base);
            Shape shapeOfA = new Shape(RANK, 768);
            Shape shapeOfB = new Shape(2304, RANK);
            double[] product = compute.download(compute.scale(inputsFirst
                    ? compute.matmul(compute.constant(shapeOfA, a), true, compute.constant(shapeOfB, b), true)
                    : compute.matmul(compute.constant(shapeOfB, b), compute.constant(shapeOfA, a)), scale));
            assertArrayEquals(weight, product, 1e-4);
        }
    }

    private static double[] drawn(int length) {
        return new Random(length).doubles((long) length * RANK, -1, 1).toArray();
    }

    private static double[] elements(Initial initial, Initial.Weights base) {
        return ((Initial.OfWeights) initial).computation().elements(base);
    }
}
