package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.InnerOptimizer.Directions;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Tests of what every {@link OptimizerType} must do, in float64. Extend this and name the type, options that it accepts, and
 * options that it must refuse. {@link OptimizerReference} compares steps with another implementation's.
 */
@ConsumerType
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OptimizerContract {

    private static final int STEPS = 3;

    /** Matrices, wide and tall, vectors, an embedding, and a number. */
    private static final List<ParameterSpec> SPECS = List.of(spec("h.0.weight", 3, 4), spec("h.0.bias", 1, 5),
            spec("h.1.weight", 5, 2), spec("wte.weight", 4, 2), spec("scale", 1, 1));

    private Compute compute;
    private SplittableRandom random;

    /** @return the optimizer under test */
    protected abstract OptimizerType<?> type();

    /** @return what it is tried with, as jobs give them: at least one set of options, in which all of its branches occur */
    protected abstract List<Map<String, ?>> options();

    /** @return by the key that the message must name: options with a bad value there, at least one */
    protected abstract Map<String, Map<String, ?>> refused();

    /** @return what differentiates */
    protected abstract Autodiff autodiff();

    /**
     * @return what points are drawn by. Derivatives are compared with differences, so that a jump or a kink of the rule, if
     *         it has any, must not lie within a thousandth of a point: if one does, draw others.
     */
    protected long seed() {
        return 9;
    }

    private static ParameterSpec spec(String name, int rows, int columns) {
        return new ParameterSpec(name, new Shape(rows, columns), 0, 1);
    }

    @BeforeEach
    void open() {
        compute = new JavaCompute(DType.FLOAT64);
        random = new SplittableRandom(seed());
    }

    @AfterEach
    void close() {
        compute.close();
    }

    private InnerOptimizer optimizer(Map<String, ?> options) {
        return optimizer(type(), options);
    }

    private static <O extends Record> InnerOptimizer optimizer(OptimizerType<O> type, Map<String, ?> options) {
        return type.create(PluginOptions.bind(type, options));
    }

    @Test
    void optionsAreDescribed() {
        PluginOptions.assertDescribed(type());
    }

    @Test
    void badOptionsAreRefusedByName() {
        assertFalse(refused().isEmpty());
        PluginOptions.assertRefused(refused(), this::optimizer);
    }

    @ParameterizedTest
    @MethodSource("options")
    void directionsAndStateHaveTheShapesThatWereDeclared(Map<String, ?> options) {
        InnerOptimizer optimizer = optimizer(options);
        List<Tensor> state = zeros(compute, optimizer.state(SPECS));
        for (int t = 1; t <= STEPS; t++) {
            Directions found = optimizer.directions(compute, t, SPECS, drawn(), drawn(), state);
            assertEquals(SPECS.stream().map(ParameterSpec::shape).toList(), shapes(found.directions()));
            assertEquals(optimizer.state(SPECS), shapes(found.state()));
            state = found.state();
        }
    }

    /** On this computation, with other memory in use, and on another one; the arguments stay as they are. */
    @ParameterizedTest
    @MethodSource("options")
    void stepsRepeatThemselvesToTheBit(Map<String, ?> options) {
        InnerOptimizer optimizer = optimizer(options);
        List<Tensor> variables = variables();
        List<double[]> before = downloaded(compute, variables);
        List<double[]> first = downloaded(compute, walked(compute, optimizer, SPECS, variables));
        compute.fill(new Shape(7, 131), 1);
        assertSame(first, downloaded(compute, walked(compute, optimizer, SPECS, variables)));
        assertSame(first, downloaded(compute, walked(compute, optimizer(options), SPECS, variables)));
        try (Compute another = new JavaCompute(DType.FLOAT64)) {
            List<Tensor> there = IntStream.range(0, variables.size()).mapToObj(i ->
                    another.constant(variables.get(i).shape(), before.get(i))).toList();
            assertSame(first, downloaded(another, walked(another, optimizer, SPECS, there)));
        }
        assertSame(before, downloaded(compute, variables));
    }

    /** Whoever says that each element is treated by itself is handed all parameters as one row. */
    @ParameterizedTest
    @MethodSource("options")
    void oneRowIsTreatedAsItsPartsAreIfElementwise(Map<String, ?> options) {
        InnerOptimizer optimizer = optimizer(options);
        if (!optimizer.elementwise()) {
            return;
        }
        List<Tensor> variables = variables();
        int count = SPECS.size();
        List<Tensor> rows = new ArrayList<>();
        for (int t = 0; t <= STEPS; t++) {
            rows.add(compute.join(variables.subList(t * count, (t + 1) * count).toArray(Tensor[]::new)));
        }
        rows.addAll(variables.subList((STEPS + 1) * count, variables.size()));
        List<ParameterSpec> one = List.of(new ParameterSpec("all", rows.get(0).shape(), 0, 1));
        double[] byParts = downloaded(compute, walked(compute, optimizer, SPECS, variables).subList(0, count)).stream()
                .flatMapToDouble(Arrays::stream).toArray();
        assertArrayEquals(byParts, compute.download(walked(compute, optimizer, one, rows).get(0)), 1e-15);
    }

    /** Objectives take directions away from parameters. */
    @ParameterizedTest
    @MethodSource("options")
    void smallStepsDescend(Map<String, ?> options) {
        InnerOptimizer optimizer = optimizer(options);
        List<Tensor> bottom = drawn();
        List<Tensor> at = drawn();
        List<Tensor> state = zeros(compute, optimizer.state(SPECS));
        double before = squaredDistance(at, bottom);
        for (int t = 1; t <= 20; t++) {
            Directions found = optimizer.directions(compute, t, SPECS, at, combined(at, -1, bottom), state);
            at = combined(at, -1e-3, found.directions());
            state = found.state();
        }
        double after = squaredDistance(at, bottom);
        assertTrue(after < before, before + " from the bottom of a bowl, after some steps " + after);
    }

    private double squaredDistance(List<Tensor> a, List<Tensor> b) {
        return combined(a, -1, b).stream()
                .mapToDouble(difference -> compute.download(compute.dot(difference, difference))[0]).sum();
    }

    private List<Tensor> combined(List<Tensor> a, double factor, List<Tensor> b) {
        return IntStream.range(0, a.size()).mapToObj(i -> compute.combine(1, a.get(i), factor, b.get(i))).toList();
    }

    /** By where the steps begin, what their gradients are, and the learning rates. */
    @ParameterizedTest
    @MethodSource("options")
    void derivativesThroughStepsAreSlopes(Map<String, ?> options) {
        DerivativeCheck check = check(options, variables());
        check.gradientsAreSlopes();
        check.tangentsAreSlopes();
    }

    @ParameterizedTest
    @MethodSource("options")
    void secondDerivativesThroughStepsAreSlopes(Map<String, ?> options) {
        DerivativeCheck check = check(options, variables());
        check.tangentsOfGradientsAreSlopes();
        check.forwardOverReverseIsReverseOverReverse();
    }

    /** As of adapters whose first factor gets no gradient while the second is zero. */
    @ParameterizedTest
    @MethodSource("options")
    void derivativesAreFiniteAtGradientsOfZero(Map<String, ?> options) {
        List<Tensor> variables = variables();
        for (int i = SPECS.size(); i < (STEPS + 1) * SPECS.size(); i++) {
            variables.set(i, compute.fill(variables.get(i).shape(), 0));
        }
        check(options, variables).areFinite();
    }

    @ParameterizedTest
    @MethodSource("options")
    void derivativesAreFiniteAtParametersOfZero(Map<String, ?> options) {
        List<Tensor> variables = variables();
        for (int i = 0; i < SPECS.size(); i++) {
            variables.set(i, compute.fill(variables.get(i).shape(), 0));
        }
        check(options, variables).areFinite();
    }

    @ParameterizedTest
    @MethodSource("options")
    void nothingIsLeftBehind(Map<String, ?> options) {
        InnerOptimizer optimizer = optimizer(options);
        List<Tensor> variables = variables();
        long before = compute.memory().liveBytes();
        try (Scope scope = compute.scope()) {
            walked(compute, optimizer, SPECS, variables);
        }
        assertEquals(before, compute.memory().liveBytes());
        variables.forEach(compute::download); // which throws if an argument was freed
    }

    private DerivativeCheck check(Map<String, ?> options, List<Tensor> variables) {
        InnerOptimizer optimizer = optimizer(options);
        List<String> names = new ArrayList<>();
        IntStream.rangeClosed(0, STEPS).forEach(t -> SPECS.forEach(spec ->
                names.add(spec.name() + (t == 0 ? " at first" : ", gradient of step " + t))));
        IntStream.rangeClosed(1, STEPS).forEach(t -> names.add("learning rate of step " + t));
        return new DerivativeCheck(compute, autodiff(),
                (ops, at) -> List.of(weighted(ops, walked(ops, optimizer, SPECS, at))), names, variables,
                variables.stream().map(variable -> drawn(variable.shape())).toList());
    }

    /** @return a number that depends on all elements of what the steps lead to */
    private static Tensor weighted(Ops ops, List<Tensor> end) {
        Tensor all = ops.join(end.toArray(Tensor[]::new));
        double[] weights = IntStream.range(0, all.columns()).mapToDouble(i -> Math.sin(1 + i)).toArray();
        return ops.dot(all, ops.constant(all.shape(), weights));
    }

    /** @return where the parameters begin, for each step what its gradients are made of, and learning rates */
    private List<Tensor> variables() {
        List<Tensor> variables = new ArrayList<>();
        IntStream.rangeClosed(0, STEPS).forEach(t -> variables.addAll(drawn()));
        IntStream.rangeClosed(1, STEPS).forEach(t -> variables.add(compute.constant(Shape.SCALAR, 0.1 * t)));
        return variables;
    }

    private List<Tensor> drawn() {
        return SPECS.stream().map(spec -> drawn(spec.shape())).toList();
    }

    /** @return of order 1, and nothing near zero */
    private Tensor drawn(Shape shape) {
        return compute.constant(shape,
                random.doubles(shape.size(), 0.2, 1.2).map(x -> random.nextBoolean() ? x : -x).toArray());
    }

    /**
     * A step's gradients are its variables times the parameters, so that steps depend on steps.
     *
     * @return where the steps lead to, and the last state
     */
    private static List<Tensor> walked(Ops ops, InnerOptimizer optimizer, List<ParameterSpec> specs,
                                       List<Tensor> variables) {
        int count = specs.size();
        List<Tensor> at = variables.subList(0, count);
        List<Tensor> state = zeros(ops, optimizer.state(specs));
        for (int t = 1; t <= STEPS; t++) {
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                gradients.add(ops.multiply(at.get(i), variables.get(t * count + i)));
            }
            Directions found = optimizer.directions(ops, t, specs, at, gradients, state);
            List<Tensor> next = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Tensor rate = variables.get((STEPS + 1) * count + t - 1);
                next.add(ops.combine(1, at.get(i), -1, ops.multiplyScalar(found.directions().get(i), rate)));
            }
            at = next;
            state = found.state();
        }
        return Stream.concat(at.stream(), state.stream()).toList();
    }

    private static List<Tensor> zeros(Ops ops, List<Shape> shapes) {
        return shapes.stream().map(shape -> ops.fill(shape, 0)).toList();
    }

    private static List<Shape> shapes(List<Tensor> tensors) {
        return tensors.stream().map(Tensor::shape).toList();
    }

    private static List<double[]> downloaded(Compute compute, List<Tensor> tensors) {
        return tensors.stream().map(compute::download).toList();
    }

    private static void assertSame(List<double[]> expected, List<double[]> found) {
        assertEquals(expected.size(), found.size());
        IntStream.range(0, expected.size()).forEach(i -> assertArrayEquals(expected.get(i), found.get(i)));
    }
}
