package org.perk4j.innerloop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class UpdateTest {

    private static final Layout LAYOUT = new Layout(List.of(spec("h.0.a", 1, 3), spec("h.0.b", 2, 1), spec("h.1.a", 1, 1)));
    private static final double[] START = {0.5, -1, 2, 7, 8, 9};
    private static final double[] GRADIENT = {3, 0, -4, 1, 1, -2};
    private static final double FIRST = 5 / Math.sqrt(3);

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    private static ParameterSpec spec(String name, int rows, int columns) {
        return new ParameterSpec(name, new Shape(rows, columns), 0, 0);
    }

    /** The gradient is the direction. */
    private static final class Plain implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return 0;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            return new Direction(gradient, List.of());
        }
    }

    /** Each parameter's direction is its number times its gradient. */
    private static final class Numbered implements InnerOptimizer {

        @Override
        public List<Shape> state(List<ParameterSpec> parameters) {
            return List.of();
        }

        @Override
        public Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters,
                                     List<Tensor> gradients, List<Tensor> state) {
            return new Directions(IntStream.range(0, specs.size())
                    .mapToObj(i -> {
                        assertEquals(specs.get(i).shape(), gradients.get(i).shape());
                        return ops.scale(gradients.get(i), i + 1);
                    }).toList(), state);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 0.1, 10, 1e6, 1e30})
    void keepsTheDirectionAndStaysWithinTheBound(double rate) {
        double bound = 0.2;
        double[] change = change(new Plain(), Rates.fixed(rate), bound);
        double free = rate * FIRST;
        double shortened = 1 / Math.sqrt(1 + free * free / (bound * bound));
        assertArrayEquals(new double[] {-3 * rate * shortened, 0, 4 * rate * shortened}, first(change), 1e-9);
        assertEquals(true, Math.sqrt(DoubleStream.of(first(change)).map(x -> x * x).sum() / 3) <= bound * (1 + 1e-9));
        assertEquals(-rate / Math.sqrt(1 + rate * rate / (bound * bound)), change[3], 1e-9, "each parameter by itself");
    }

    private static double[] first(double[] change) {
        return new double[] {change[0], change[1], change[2]};
    }

    @Test
    void hardlyChangesAShortStep() {
        assertArrayEquals(new double[] {-3e-4, 0, 4e-4}, first(change(new Plain(), Rates.fixed(1e-4), 1)), 1e-10);
    }

    @Test
    void withoutABoundItIsTheRateTimesTheDirection() {
        assertArrayEquals(new double[] {-3, 0, 4, -1, -1, 2}, change(new Plain(), Rates.fixed(1), 0), 1e-14);
        assertArrayEquals(new double[] {-3, 0, 4, -2, -2, 6}, change(new Numbered(), Rates.fixed(1), 0), 1e-14);
    }

    /** Learned rates of which the i-th is i at first, in the second of two steps. */
    @ParameterizedTest
    @CsvSource({"TENSOR, 2, 0, 2, 4, 4, 6", "LAYER, 2, 0, 2, 2, 2, 4", "ELEMENT, 1, 2, 3, 4, 5, 6"})
    void ratesAreOfTensorsLayersOrElements(Rates.Per per, double a, double b, double c, double d, double e, double f) {
        double[] expected = per == Rates.Per.ELEMENT ? new double[] {-3 * a, 0, 4 * c, -d, -e, 2 * f}
                : new double[] {-3 * a, b, 4 * c, -d, -e, 2 * f};
        assertArrayEquals(expected, change(new Plain(), Rates.learned(per, LAYOUT, 2, 1), 0), 1e-14);
    }

    @ParameterizedTest
    @EnumSource(Rates.Per.class)
    void eachRateIsMultipliedByTheFactorOfItsParameter(Rates.Per per) {
        Layout factored = new Layout(List.of(LAYOUT.specs().get(0), LAYOUT.specs().get(1).withRateFactor(16),
                LAYOUT.specs().get(2)));
        double[] expected = change(new Plain(), Rates.learned(per, LAYOUT, 2, 1), 0);
        expected[3] *= 16;
        expected[4] *= 16;
        assertArrayEquals(expected, change(new Plain(), factored, Rates.learned(per, factored, 2, 1), 0), 1e-14);
        assertEquals(-16, change(new Plain(), factored, Rates.fixed(1), 0)[3], 1e-14);
    }

    @Test
    void aLayerIsNamedByItsFirstNumber() {
        assertEquals("transformer.h.10", Rates.layer("transformer.h.10.attn.c_attn.lora_A.weight"));
        assertEquals("h.0", Rates.layer("h.0.x.3.y"));
        assertEquals("rest", Rates.layer("wte.weight"));
        assertEquals("rest", Rates.layer("ln1.weight2"));
    }

    /** @return what the second step changes, with learned rates 1, 2, 3 … row by row */
    private double[] change(InnerOptimizer optimizer, Rates rates, double bound) {
        return change(optimizer, LAYOUT, rates, bound);
    }

    private double[] change(InnerOptimizer optimizer, Layout layout, Rates rates, double bound) {
        Update update = new Update(optimizer, layout, rates, bound);
        List<String> names = rates.parameters().stream().map(ParameterSpec::name).toList();
        int[] next = {1};
        List<Tensor> values = rates.parameters().stream().map(spec -> compute.constant(spec.shape(),
                IntStream.range(0, (int) spec.shape().size()).mapToDouble(i -> next[0]++).toArray())).toList();
        Tensor table = rates.table(compute, new Parameters(names, values));
        double[] after = compute.download(update.step(compute, 2, compute.constant(LAYOUT.shape(), START),
                compute.constant(LAYOUT.shape(), GRADIENT), List.of(), rates.at(compute, table, 1)).row());
        return IntStream.range(0, START.length).mapToDouble(i -> after[i] - START[i]).toArray();
    }
}
