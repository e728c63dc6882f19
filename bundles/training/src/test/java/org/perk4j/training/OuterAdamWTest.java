package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Shape;

class OuterAdamWTest {

    private static final float SINGLE_PRECISION = 1e-6f;
    private static final OuterOptions OPTIONS = new OuterOptions(0.05, 0.1, 0, 0, 0.1, 0.9, 0.95, 1e-8, 1, 0, 0);

    /** Of {@code torch.optim.AdamW} in float64 with the same options; weight decay for the matrix only. */
    @Test
    void equalsPyTorch() {
        Variables values = variables("w", new Shape(2, 2), 1, -2, 0.5f, 3);
        Variables bias = variables("b", new Shape(1, 2), 0.1f, -0.1f);
        Variables[] moments = {zeros(values), zeros(values), zeros(bias), zeros(bias)};
        OuterAdamW optimizer = new OuterAdamW(OPTIONS, parameter -> false);
        for (int k = 1; k <= 3; k++) {
            optimizer.update(values, moments[0], moments[1],
                    variables("w", new Shape(2, 2), 0.3f * k, -0.1f, 0, 2f / k), k, 0.05);
            optimizer.update(bias, moments[2], moments[3], variables("b", new Shape(1, 2), 1e-3f * k, -5), k, 0.05);
        }
        assertArrayEquals(new float[] {0.8406883388443266f, -1.8208985149251233f, 0.4925374375f, 2.814604864619412f},
                values.values().get(0), SINGLE_PRECISION);
        assertArrayEquals(new float[] {-0.045123769887047485f, 0.04999999970000001f}, bias.values().get(0),
                SINGLE_PRECISION);
    }

    @Test
    void learnedLearningRatesMoveAtAScaleOfTheirOwn() {
        Variables rates = variables("rates.w", new Shape(2, 1), 1, 1);
        Variables gradient = variables("rates.w", new Shape(2, 1), 7, -7);
        new OuterAdamW(OPTIONS, parameter -> parameter.name().equals("rates.w"))
                .update(rates, zeros(rates), zeros(rates), gradient, 1, 0.05);
        assertArrayEquals(new float[] {0.995f, 1.005f}, rates.values().get(0), SINGLE_PRECISION);
    }

    @Test
    void aParameterMovesAtAScaleOfItsOwn() {
        ParameterSpec spec = new ParameterSpec("b", new Shape(1, 2), 0, 0).withRateFactor(4);
        Variables values = new Variables(List.of(spec), List.of(new float[] {1, 1}));
        new OuterAdamW(OPTIONS, parameter -> false).update(values, zeros(values), zeros(values),
                variables("b", new Shape(1, 2), 7, -7), 1, 0.05);
        assertArrayEquals(new float[] {0.8f, 1.2f}, values.values().get(0), SINGLE_PRECISION);
    }

    /** Those of elements have the shape of a matrix. */
    @Test
    void learnedLearningRatesDoNotDecay() {
        Variables rates = variables("rates.w", new Shape(2, 2), 1, 2, 3, 4);
        new OuterAdamW(OPTIONS, parameter -> true).update(rates, zeros(rates), zeros(rates), zeros(rates), 1, 0.05);
        assertArrayEquals(new float[] {1, 2, 3, 4}, rates.values().get(0), SINGLE_PRECISION);
        new OuterAdamW(OPTIONS, parameter -> false).update(rates, zeros(rates), zeros(rates), zeros(rates), 1, 0.05);
        assertArrayEquals(new float[] {0.995f, 1.99f, 2.985f, 3.98f}, rates.values().get(0), SINGLE_PRECISION);
    }

    @Test
    void clipsTheWholeGradient() {
        List<float[]> gradient = List.of(new float[] {3, 0}, new float[] {0, 4});
        assertEquals(5, new Clipping(OPTIONS).apply(gradient), 1e-12);
        assertArrayEquals(new float[] {0.6f, 0}, gradient.get(0), SINGLE_PRECISION);
        assertArrayEquals(new float[] {0, 0.8f}, gradient.get(1), SINGLE_PRECISION);
    }

    @Test
    void clipsEachTensorBeforeTheWhole() {
        List<float[]> gradient = List.of(new float[] {1e6f}, new float[] {0.1f});
        new Clipping(new OuterOptions(1, 1, 0, 0, 0, 0.9, 0.95, 1e-8, 1, 0.1, 0)).apply(gradient);
        assertArrayEquals(new float[] {0.1f}, gradient.get(0), SINGLE_PRECISION);
        assertArrayEquals(new float[] {0.1f}, gradient.get(1), SINGLE_PRECISION);
    }

    @Test
    void leavesAGradientThatIsNotFiniteAsItIs() {
        List<float[]> gradient = List.of(new float[] {Float.NaN, 9});
        assertEquals(Double.NaN, new Clipping(OPTIONS).apply(gradient));
        assertEquals(9, gradient.get(0)[1]);
    }

    private static Variables variables(String name, Shape shape, float... values) {
        return new Variables(List.of(new ParameterSpec(name, shape, 0, 0)), List.of(values));
    }

    private static Variables zeros(Variables like) {
        return Variables.zeros(like.specs());
    }
}
