package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.perk4j.distribution.EveryPlugin.ADAPTERS;
import static org.perk4j.distribution.EveryPlugin.MODELS;
import static org.perk4j.distribution.EveryPlugin.OBJECTIVES;
import static org.perk4j.distribution.EveryPlugin.OPTIMIZERS;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.bitfit.Bitfit;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.distribution.EveryPlugin.Chosen;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.model.llama.Llama;
import org.perk4j.objective.perk.Perk;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.optimizer.muon.Muon;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * Each adapter with each optimizer, on GPT-2 and Llama: the exact meta-gradient through two steps is the slope of the loss,
 * in float64. Lion's signs have none where they change, which is almost nowhere.
 */
class EveryCombinationTest {

    /** So small, as Muon and tiny gradients make the loss curved; differences of fourth order in float64 allow it. */
    private static final double STEP = 2e-6;

    private static Stream<Arguments> combinations() {
        return MODELS.stream().filter(model -> model.is(Gpt2.class) || model.is(Llama.class))
                .flatMap(model -> ADAPTERS.stream()
                        .filter(adapter -> !(adapter.is(Bitfit.class) && model.is(Llama.class))) // which has no biases
                        .flatMap(adapter -> OPTIMIZERS.stream()
                                .map(optimizer -> Arguments.of(model, adapter, optimizer))));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void metaGradientIsTheSlope(Chosen<ModelType> chosenModel, Chosen<AdapterType<?>> adapter,
                                Chosen<OptimizerType<?>> optimizer) {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Model model = EveryPlugin.model(chosenModel);
            Learner learner = new Learner(compute, new ReverseMode(), model, EveryPlugin.weights(compute, model),
                    EveryPlugin.adapter(adapter, model), EveryPlugin.optimizer(optimizer));
            MetaObjective objective = EveryPlugin.objective(EveryPlugin.only(OBJECTIVES, Perk.class));
            EncodedEpisode episode = new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)), List.of(text(3, 5, 3)));
            Parameters meta = MetaGradientCheck.drawn(objective, learner);
            MetaGradient found = objective.gradient(learner, meta, episode);

            SplittableRandom random = new SplittableRandom(7);
            List<ParameterSpec> specs = objective.parameters(learner);
            double slope = 0;
            List<Tensor> along = new ArrayList<>();
            for (int i = 0; i < meta.size(); i++) {
                boolean learned = specs.get(i).learned();
                Tensor direction = compute.constant(specs.get(i).shape(),
                        random.doubles(specs.get(i).shape().size(), -1, 1).map(x -> learned ? x : 0).toArray());
                slope += compute.download(compute.dot(found.gradient().tensors().get(i), direction))[0];
                along.add(direction);
            }
            double[] losses = new double[5];
            for (int k = -2; k <= 2; k++) {
                List<Tensor> moved = new ArrayList<>();
                for (int i = 0; i < meta.size(); i++) {
                    moved.add(compute.combine(1, meta.tensors().get(i), k * STEP, along.get(i)));
                }
                losses[k + 2] = MetaGradientCheck.loss(objective, learner, meta.with(moved), episode);
            }
            double difference = (8 * (losses[3] - losses[1]) - (losses[4] - losses[0])) / (12 * STEP);
            assertTrue(Math.abs(slope) > 1e-4, "nothing is learned");
            assertEquals(difference, slope, 1e-5 * Math.max(1, Math.abs(difference)));
        }
    }

    private static EncodedText text(int seed, int length, int unscored) {
        return new EncodedText(new SplittableRandom(seed).ints(length, 0, EveryPlugin.VOCABULARY).toArray(), unscored);
    }
}
