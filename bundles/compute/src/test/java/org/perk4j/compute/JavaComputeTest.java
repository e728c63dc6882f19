package org.perk4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.NormGradients;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;
import org.perk4j.tensor.TokenLoss;

/**
 * The fused operations equal PyTorch's (2.15, float64). That tangents are derivatives, and gradients transposes, is for
 * the contract tests to show.
 */
class JavaComputeTest {

    private static final double EPSILON = 1e-5;

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    /** {@code torch.sin(torch.arange(1, rows * columns + 1) * step).reshape(rows, columns)}. */
    private static Tensor sines(Compute compute, int rows, int columns, double step) {
        return compute.constant(new Shape(rows, columns),
                IntStream.rangeClosed(1, rows * columns).mapToDouble(i -> Math.sin(i * step)).toArray());
    }

    private Tensor sines(int rows, int columns, double step) {
        return sines(compute, rows, columns, step);
    }

    private void assertElements(Tensor actual, double... expected) {
        assertArrayEquals(expected, compute.download(actual), 5e-15);
    }

    @Test
    void layerNorm() {
        Tensor x = sines(2, 5, 1.3);
        Tensor gain = sines(1, 5, 0.7);
        assertElements(compute.layerNorm(x, gain, sines(1, 5, 0.9), EPSILON),
                1.6403264028827071, 1.659231491513122, -0.4438088389602645, -0.873478830516949,
                -1.0722183547676893, 1.6596266356327392, 1.3743476199993179, -0.6116652894751691,
                -0.8147815036121009, -1.1698641901912932);
        NormGradients gradients = compute.layerNormGradient(x, gain, sines(2, 5, 0.4), EPSILON);
        assertElements(gradients.input(),
                0.04133828804570949, 0.596893946592409, 0.492013412109519, -0.21299144887230803,
                -0.9172541978753299, -0.04172223074790235, 0.10462156577896292, 0.06638212855600545,
                -0.09945534527175633, -0.029826118315309708);
        assertElements(gradients.gain(),
                1.436842763562451, 0.6350674402550882, -0.8703897279232274, -0.7941818190277162,
                -0.16950393000296102);
        assertElements(gradients.bias(),
                1.0648815228598012, 1.0523442410554273, 0.8736649425396463, 0.5570531597466526,
                0.1524949315177535);
    }

    @Test
    void rmsNorm() {
        Tensor x = sines(2, 5, 1.3);
        Tensor gain = sines(1, 5, 0.7);
        assertElements(compute.rmsNorm(x, gain, EPSILON),
                0.8789112232824028, 0.7192812194880968, -0.8406038369319725, -0.4190329063888879,
                -0.10684495139647165, 0.9022906760022449, 0.4410684095552138, -1.0023106758121094,
                -0.3580320977413891, -0.20673199763403088);
        NormGradients gradients = compute.rmsNormGradient(x, gain, sines(2, 5, 0.4), EPSILON);
        assertElements(gradients.input(),
                0.5256795803081405, 1.0921315294574887, 1.0174815508349009, 0.3178102749030732,
                -0.4135676354451111, 0.16612463003233408, 0.32107240859399705, 0.2976027403893014,
                0.1310622448665399, 0.18544202240563443);
        assertElements(gradients.gain(),
                1.477339570545003, 0.6735335494853738, -0.8398502526683792, -0.7773937952867567,
                -0.16905441199649296);
    }

    @Test
    void attention() {
        Heads heads = new Heads(2, 1, 2);
        Segments segments = new Segments(1, 3);
        Tensor packed = sines(4, 8, 1.7);
        assertElements(compute.attention(packed, new AttentionSpec(heads), segments),
                -0.6181371122370333, 0.8591618148564958, -0.6181371122370333, 0.8591618148564958,
                0.3590583540221683, 0.8792730616507243, 0.3590583540221683, 0.8792730616507243,
                0.6696623926737355, 0.4635526519920515, 0.6434809850477413, 0.4985945192870507,
                0.7214467355921629, -0.16176722299613852, 0.577649045633603, 0.3225116937238262);
        assertElements(compute.attentionGradient(packed, sines(4, 4, 0.6), new AttentionSpec(heads), segments),
                0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5384901042732306, 1.6075022665183774, 0.0, 0.0, 0.0,
                0.0, -0.10313113659894226, 0.06035829045847342, -0.528841585454243, -1.0726840279472973,
                0.03537807318028258, -0.0299057972396772, 0.06603979989529198, -0.05582477189623128,
                -0.11902573911933359, -0.0038875175148408714, 0.24777006055632017, 0.5054022148796784,
                0.04213092489670098, -0.2352906379286143, -0.0548610472082597, 0.08026047564980135,
                0.22215687571827583, -0.056470772943632626, 0.5000544671179535, 0.3231212534524538);
    }

    @Test
    void rotate() {
        assertElements(compute.rotate(sines(2, 12, 1.1), new Heads(1, 1, 4), new int[] {0, 3}, new double[] {1, 0.01},
                false),
                0.8912073600614354, 0.8084964038195901, -0.15774569414324865, -0.951602073889516,
                -0.7055403255703919, 0.3115413635133787, 0.9881682338770005, 0.5849171928917617,
                -0.45753589377532133, -0.9999902065507035, -0.44964746453459986, 0.5920735147072245,
                -0.876449687235524, 0.33144302904454265, 0.8439154156872953, -0.9393253631854561,
                0.022312239957393204, 0.8135731112355046, -0.8993060404318319, 0.015559224258213858,
                -0.8951873678196818, -0.8032557266939526, 0.16648000353715925, 0.954285094492698);
    }

    @Test
    void tokenLoss() {
        Tensor hidden = sines(3, 4, 1.9);
        Tensor head = sines(5, 4, 0.8);
        int[] targets = {4, -1, 0};
        TokenLoss loss = compute.tokenLoss(hidden, head, targets, true);
        assertElements(loss.loss(), 1.923884188679573, 0.0, 1.5279255248179442);
        assertElements(loss.gradient(),
                -0.9707777449230967, -1.1056293710148937, -0.5698210567516291, 0.31163306428258897, 0.0,
                0.0, 0.0, 0.0, -0.5531429635530198, -0.790999426302303, -0.5490462512361264,
                0.025951012346065526);
        Tensor weights = compute.constant(new Shape(3, 1), 0.5, 0.25, -2);
        assertElements(compute.headGradient(hidden, head, targets, weights),
                -1.4744791913133901, 0.19165286192754719, 1.3505604498719768, -1.0648970676517227,
                0.5095305331199105, -0.14489244604865673, -0.4158461008701835, 0.4137698577130525,
                0.4646414209994333, -0.10421733899039198, -0.3972566642356922, 0.3610752088191853,
                0.5354251940632497, -0.147604407166723, -0.43998726434310204, 0.43209099139660045,
                -0.03511795686920355, 0.20506133027822454, -0.09747042042299872, -0.14203899027711558);
    }

    @Test
    void singlePrecisionIsRounded() {
        try (Compute single = new JavaCompute(DType.FLOAT32)) {
            Tensor x = sines(single, 3, 4, 1.9);
            Tensor y = single.attention(single.dual(x, x), new AttentionSpec(new Heads(2, 1, 1)), new Segments(3));
            double[] elements = IntStream.of(0, 1).mapToObj(i -> i == 0 ? y : single.tangent(y))
                    .flatMapToDouble(t -> Arrays.stream(single.download(t))).toArray();
            assertTrue(Arrays.stream(elements).allMatch(e -> e == (float) e));
        }
    }

    @Test
    void productsCanBeTakenOver() {
        AtomicInteger multiplications = new AtomicInteger();
        Products counting = (c, alpha, a, transposeA, b, transposeB, m, n, k) -> {
            multiplications.addAndGet(m * n * k);
            Products.LOOPS.addProduct(c, alpha, a, transposeA, b, transposeB, m, n, k);
        };
        try (Compute native64 = new JavaCompute(DType.FLOAT64, counting)) {
            native64.matmul(sines(native64, 2, 3, 1), sines(native64, 3, 4, 1));
            assertEquals(2 * 3 * 4, multiplications.getAndSet(0));
            native64.tokenLoss(sines(native64, 2, 3, 1), sines(native64, 5, 3, 1), new int[2], false);
            assertEquals(2 * 3 * 5, multiplications.getAndSet(0));
            native64.attention(sines(native64, 3, 6, 1), new AttentionSpec(new Heads(1, 1, 2)), new Segments(3));
            assertEquals(2 * 3 * 3 * 2, multiplications.getAndSet(0));
        }
    }

    /** Logits of a chunk, not of all rows. */
    @Test
    void theHeadTakesMemoryForSomeRowsOnly() {
        Tensor head = sines(1000, 1, 1);
        Tensor hidden = sines(400, 1, 1);
        long before = compute.memory().liveBytes();
        compute.tokenLoss(hidden, head, new int[400], false);
        long taken = compute.memory().peakBytes() - before;
        assertTrue(taken > 64 * 1000 * 8 && taken < 400 * 1000 * 8, taken + " bytes");
    }
}
