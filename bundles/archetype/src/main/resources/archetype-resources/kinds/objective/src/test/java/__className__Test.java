package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.optimizer.sgd.SgdOptions;
import org.perk4j.tck.MetaGradientCheck;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** On a GPT-2 of one layer with random weights and a LoRA, in float64. */
class ${className}Test {

    private static final int VOCABULARY = 11;

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final Learner learner = learner(compute);
    private final EncodedEpisode episode = new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)),
            List.of(text(3, 5, 3)));
    private final MetaObjective objective = new ${className}().create(new ${className}Options(3, 0.3, 0.5, 1));

    private static Learner learner(Compute compute) {
        Model model = new Gpt2().create(Map.of("vocab_size", (double) VOCABULARY, "n_positions", 8.0, "n_embd", 8.0,
                "n_layer", 1.0, "n_head", 2.0));
        SplittableRandom random = new SplittableRandom(4);
        List<Tensor> weights = new ArrayList<>();
        for (ParameterSpec spec : model.parameters()) {
            weights.add(compute.constant(spec.shape(), random.doubles(spec.shape().size(), -0.5, 0.5)
                    .map(x -> ((Initial.Normal) spec.initial()).mean() + x).toArray()));
        }
        return new Learner(compute, new ReverseMode(), model,
                new Parameters(model.parameters().stream().map(ParameterSpec::name).toList(), weights),
                new Lora().create(new LoraOptions(2, 2, true, 0, List.of("c_attn", "c_fc"), 0.3, 0.3), model),
                new Sgd().create(new SgdOptions(0)));
    }

    private static EncodedText text(int seed, int length, int unscored) {
        SplittableRandom random = new SplittableRandom(seed);
        return new EncodedText(IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray(), unscored);
    }

    @AfterEach
    void close() {
        compute.close();
    }

    @Test
    void itsGradientIsTheSlopeOfItsLoss() {
        MetaGradientCheck.assertIsSlope(objective, learner, MetaGradientCheck.drawn(objective, learner, 0.01), episode,
                1e-6);
    }

    @Test
    void nothingIsLeftBehind() {
        Parameters meta = MetaGradientCheck.drawn(objective, learner, 0.01);
        long before = compute.memory().liveBytes();
        objective.gradient(learner, meta, episode).gradient().tensors().forEach(compute::free);
        assertEquals(before, compute.memory().liveBytes());
    }

    @Test
    void noStepsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ${className}Options(0, 0.3, 0, 1));
    }
}
