package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Recipe;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

/** A step on two episodes, one of whose gradients is a thousand times as long as the other's. */
class EpisodeClippingTest {

    private static final List<ParameterSpec> SPECS = List.of(new ParameterSpec("a", new Shape(1, 1), 0, 0),
            new ParameterSpec("b", new Shape(1, 1), 0, 0));

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    @Test
    void noEpisodeCountsForMoreThanTheLimit() {
        assertArrayEquals(new double[] {(0.6 * 2 + 1) / 2, -0.8 * 2 / 2}, step(2), 1e-6);
    }

    @Test
    void withoutALimitTheyAreAveragedAsTheyAre() {
        assertArrayEquals(new double[] {(600 + 1) / 2.0, -800 / 2.0}, step(0), 1e-4);
    }

    @Test
    void aGradientWithinTheLimitStaysExactlyAsItIs() {
        assertArrayEquals(new double[] {0.6, -0.8}, clipped(1.01, 0.6, -0.8));
        assertArrayEquals(new double[] {0, 0}, clipped(1, 0, 0));
    }

    @Test
    void whatIsNotANumberIsNotHidden() {
        assertArrayEquals(new double[] {Double.NaN, Double.NaN}, clipped(1, Double.NaN, 3));
    }

    private double[] clipped(double limit, double... gradient) {
        return compute.download(EpisodeClipping.clipped(compute,
                compute.constant(new Shape(1, gradient.length), gradient), limit));
    }

    private double[] step(double clipEpisode) {
        TrainJob.TrainStage stage = new TrainJob.TrainStage(1, PluginChoice.of("any", Map.of()), List.of(), 2);
        OuterOptions outer = new OuterOptions(1, 1, 0, 0, 0, 0.9, 0.95, 1e-8, 1, 0, clipEpisode);
        TrainJob job = new TrainJob("base", "", PluginChoice.of("java", Map.of()), PluginChoice.of("lora", Map.of()),
                PluginChoice.of("sgd", Map.of()), PluginChoice.of("perk", Map.of()), List.of(stage), false,
                new RetentionOptions("", 64, 1), outer, null, null, "output", 0);
        MetaTrainer trainer = new MetaTrainer(job, null, new Learner(compute, null, null, null, null, null),
                new TwoGradients(), new EpisodeEncoder(new ByteTokenizer(), new Prompts(false), 100),
                new Stages<>(List.of(stage),
                        TrainJob.TrainStage::steps, List.of(new MetaTrainer.Stage(
                                List.of(new MetaTrainer.Source(new Endless(), new Order(OptionalLong.empty(), 0), 1)),
                                new Shares(List.of(1.0), 0), 2))), Optional.empty(), new Recipe.Origins("", "", ""));
        Variables gradient = trainer.trainStep(Variables.zeros(SPECS), 0, 0).gradient();
        return gradient.values().stream().mapToDouble(values -> values[0]).toArray();
    }

    /** The first episode's gradient is (600, -800), the second's (1, 0). */
    private final class TwoGradients extends GradientObjective {

        @Override
        public List<ParameterGroup> groups(Learner learner) {
            return List.of(new ParameterGroup("any", SPECS));
        }

        @Override
        public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
            boolean first = episode.key() == 0;
            return new MetaGradient(0, 0, 1, meta.with(List.of(compute.fill(Shape.SCALAR, first ? 600 : 1),
                    compute.fill(Shape.SCALAR, first ? -800 : 0))));
        }
    }

    private record Endless() implements TaskSource {

        @Override
        public OptionalLong episodes(Split split) {
            return OptionalLong.empty();
        }

        @Override
        public Episode episode(Split split, long number) {
            return new Episode(List.of("text"), List.of(new Question("any", "what?", "that", List.of(), 0)));
        }
    }
}
