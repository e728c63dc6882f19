package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.perk4j.tck.Difference.assertClose;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Model;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * First and second derivatives of a whole transformer block with an adapter and dropout, embeddings and head included, in
 * float64: against central differences, and forward over reverse against reverse over reverse.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BlockDerivativeContract {

    private static final Tokens TOKENS = Tokens.of(List.of(new int[] {1, 5, 3, 3, 10}, new int[] {7, 2, 0}));
    private static final int[] TARGETS = {5, 3, 3, 10, -1, 2, 0, -1};
    private static final double STEP = 1e-5;
    /** For gradients, whose own rounding is smaller, and whose third derivatives may be a thousand times as large. */
    private static final double GRADIENT_STEP = 2e-6;
    private static final double TOLERANCE = 1e-6;

    private Compute compute;
    private Autodiff autodiff;
    private Random random;

    abstract ModelContract subject();

    private Stream<Arguments> problems() {
        return subject().variants().stream().flatMap(variant ->
                Stream.of(false, true).map(trainModel -> Arguments.of(variant, trainModel)));
    }

    @BeforeEach
    void open() {
        compute = new JavaCompute(DType.FLOAT64);
        autodiff = subject().autodiff();
        random = new Random(5);
    }

    @AfterEach
    void close() {
        compute.close();
    }

    /** The adapter's parameters, followed by the model's if that is to be trained as well. */
    private record Problem(Model model, Adapter adapter, Parameters frozen, List<ParameterSpec> variables) {

        /** The mean negative log-likelihood, with dropout. */
        Tensor loss(Ops ops, List<Tensor> at) {
            int ofAdapter = adapter.parameters().size();
            Parameters values = new Parameters(names(adapter.parameters()), at.subList(0, ofAdapter));
            Parameters weights = at.size() == ofAdapter ? frozen : frozen.with(at.subList(ofAdapter, at.size()));
            Dropout dropout = (o, site, input, rate) -> o.multiply(input, o.dropoutMask(
                    IntStream.range(0, input.rows()).mapToLong(row -> site.name().hashCode() + row).toArray(),
                    input.columns(), 1 - rate));
            Tensor hidden = model.hidden(ops, weights, TOKENS, adapter.with(values, dropout));
            Tensor losses = model.tokenLoss(ops, weights, hidden, TARGETS);
            return ops.scale(ops.sumRows(losses), 1.0 / 6);
        }

        VectorFunction function() {
            return (ops, at) -> List.of(loss(ops, at));
        }
    }

    private Problem problem(String variant, boolean trainModel) {
        Model model = subject().oneBlock(variant);
        Adapter adapter = subject().adapter(Map.of("rank", 3, "alpha", 6, "dropout", 0.2), model);
        List<ParameterSpec> variables = new ArrayList<>(adapter.parameters());
        if (trainModel) {
            variables.addAll(model.parameters());
        }
        Parameters frozen = new Parameters(names(model.parameters()), around(model.parameters()));
        return new Problem(model, adapter, frozen, variables);
    }

    private static List<String> names(List<ParameterSpec> parameters) {
        return parameters.stream().map(ParameterSpec::name).toList();
    }

    /** Far enough from the initial values that every term of the derivatives counts. */
    private List<Tensor> around(List<ParameterSpec> parameters) {
        return parameters.stream().map(p -> compute.constant(p.shape(),
                random.doubles(p.shape().size(), -0.6, 0.6).map(x -> mean(p) + x).toArray())).toList();
    }

    private static double mean(ParameterSpec parameter) {
        return parameter.initial() instanceof Initial.Normal normal ? normal.mean() : 0;
    }

    private List<Tensor> directions(List<ParameterSpec> parameters) {
        return parameters.stream().map(p -> compute.constant(p.shape(),
                random.doubles(p.shape().size(), -1, 1).toArray())).toList();
    }

    @ParameterizedTest
    @MethodSource("problems")
    void gradientsAreSlopes(String variant, boolean trainModel) {
        Problem problem = problem(variant, trainModel);
        List<Tensor> at = around(problem.variables());
        List<Tensor> along = directions(problem.variables());
        List<Tensor> gradients = autodiff.gradient(compute, problem.function(), at).gradients();
        for (int i = 0; i < at.size(); i++) {
            double slope = scalar(compute.dot(gradients.get(i), along.get(i)));
            List<Tensor> direction = List.of(along.get(i));
            double difference = (scalar(problem.loss(compute, moved(at, i, STEP, direction)))
                    - scalar(problem.loss(compute, moved(at, i, -STEP, direction)))) / (2 * STEP);
            // Below 1e-3 the difference's own rounding, some 1e-11, would be seen.
            assertEquals(difference, slope, TOLERANCE * Math.max(1e-3, Math.abs(difference)),
                    problem.variables().get(i).name());
        }
    }

    @ParameterizedTest
    @MethodSource("problems")
    void hessianVectorProductsAreSlopesOfGradients(String variant, boolean trainModel) {
        Problem problem = problem(variant, trainModel);
        List<Tensor> at = around(problem.variables());
        List<Tensor> along = directions(problem.variables());
        List<Tensor> above = autodiff.gradient(compute, problem.function(), moved(at, 0, GRADIENT_STEP, along)).gradients();
        List<Tensor> below = autodiff.gradient(compute, problem.function(), moved(at, 0, -GRADIENT_STEP, along)).gradients();
        List<Tensor> products = forwardOverReverse(problem, at, along);
        for (int i = 0; i < at.size(); i++) {
            Tensor difference = compute.combine(0.5 / GRADIENT_STEP, above.get(i), -0.5 / GRADIENT_STEP, below.get(i));
            assertClose(compute.download(difference), compute.download(products.get(i)), TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("problems")
    void forwardOverReverseIsReverseOverReverse(String variant, boolean trainModel) {
        Problem problem = problem(variant, trainModel);
        List<Tensor> at = around(problem.variables());
        List<Tensor> along = directions(problem.variables());
        List<Tensor> forward = forwardOverReverse(problem, at, along);
        List<Tensor> reverse = autodiff.gradient(compute, (ops, variables) -> {
            List<Tensor> gradients = autodiff.gradient(ops, problem.function(), variables).gradients();
            return List.of(IntStream.range(0, gradients.size()).mapToObj(i -> ops.dot(gradients.get(i), along.get(i)))
                    .reduce(ops::add).orElseThrow());
        }, at).gradients();
        for (int i = 0; i < at.size(); i++) {
            assertClose(compute.download(reverse.get(i)), compute.download(forward.get(i)), 1e-11);
        }
    }

    private List<Tensor> forwardOverReverse(Problem problem, List<Tensor> at, List<Tensor> along) {
        List<Tensor> duals = IntStream.range(0, at.size()).mapToObj(i -> compute.dual(at.get(i), along.get(i))).toList();
        return autodiff.gradient(compute, problem.function(), duals).gradients().stream().map(compute::tangent).toList();
    }

    /** @return {@code at}, of which the variables from {@code first} on are moved along their directions */
    private List<Tensor> moved(List<Tensor> at, int first, double step, List<Tensor> directions) {
        List<Tensor> moved = new ArrayList<>(at);
        for (int i = 0; i < directions.size(); i++) {
            moved.set(first + i, compute.combine(1, at.get(first + i), step, directions.get(i)));
        }
        return moved;
    }

    private double scalar(Tensor tensor) {
        return compute.download(tensor)[0];
    }
}
