package org.perk4j.tck;

import java.util.ArrayList;
import java.util.List;
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
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * First and second derivatives of a whole transformer block with an adapter and dropout, embeddings and head included, in
 * float64: see {@link DerivativeCheck}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BlockDerivativeContract {

    private static final Tokens TOKENS = Tokens.of(List.of(new int[] {1, 5, 3, 3, 10}, new int[] {7, 2, 0}));
    private static final int[] TARGETS = {5, 3, 3, 10, -1, 2, 0, -1};

    private Compute compute;
    private Random random;

    abstract ModelContract subject();

    private Stream<Arguments> problems() {
        return subject().variants().stream().flatMap(variant ->
                Stream.of(false, true).map(trainModel -> Arguments.of(variant, trainModel)));
    }

    @BeforeEach
    void open() {
        compute = new JavaCompute(DType.FLOAT64);
        random = new Random(5);
    }

    @AfterEach
    void close() {
        compute.close();
    }

    /** The adapter's parameters, followed by the model's if that is to be trained as well. */
    private record Problem(Model model, Adapter adapter, Parameters frozen) {

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
    }

    private DerivativeCheck check(String variant, boolean trainModel) {
        Model model = subject().oneBlock(variant);
        Adapter adapter = new LowRankAdapter(model.sites(), 3, 0.2);
        List<ParameterSpec> variables = new ArrayList<>(adapter.parameters());
        if (trainModel) {
            variables.addAll(model.parameters());
        }
        Parameters frozen = new Parameters(names(model.parameters()), around(model.parameters()));
        Problem problem = new Problem(model, adapter, frozen);
        return new DerivativeCheck(compute, subject().autodiff(), (ops, at) -> List.of(problem.loss(ops, at)),
                names(variables), around(variables), directions(variables));
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
        check(variant, trainModel).gradientsAreSlopes();
    }

    @ParameterizedTest
    @MethodSource("problems")
    void tangentsAreSlopes(String variant, boolean trainModel) {
        check(variant, trainModel).tangentsAreSlopes();
    }

    @ParameterizedTest
    @MethodSource("problems")
    void hessianVectorProductsAreSlopesOfGradients(String variant, boolean trainModel) {
        check(variant, trainModel).tangentsOfGradientsAreSlopes();
    }

    @ParameterizedTest
    @MethodSource("problems")
    void forwardOverReverseIsReverseOverReverse(String variant, boolean trainModel) {
        check(variant, trainModel).forwardOverReverseIsReverseOverReverse();
    }
}
