package org.perk4j.objective.reptile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.Learner;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.optimizer.sgd.SgdOptions;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** A GPT-2 of one layer with random weights, a LoRA, and an episode of two segments and a question, in float64. */
final class SmallLearner implements AutoCloseable {

    private static final int VOCABULARY = 11;

    final Compute compute = new JavaCompute(DType.FLOAT64);
    final Learner learner;
    final EncodedEpisode episode = new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)), List.of(text(3, 5, 3)));

    SmallLearner() {
        Model model = new Gpt2().create(Map.of("vocab_size", (double) VOCABULARY, "n_positions", 8.0, "n_embd", 8.0, "n_layer",
                1.0, "n_head", 2.0));
        SplittableRandom random = new SplittableRandom(4);
        List<Tensor> weights = new ArrayList<>();
        for (ParameterSpec spec : model.parameters()) {
            weights.add(compute.constant(spec.shape(), random.doubles(spec.shape().size(), -0.5, 0.5)
                    .map(x -> isGain(spec) ? 1 + x : x).toArray()));
        }
        learner = new Learner(compute, new ReverseMode(), model,
                new Parameters(model.parameters().stream().map(ParameterSpec::name).toList(), weights),
                new Lora().create(new LoraOptions(2, 2, true, 0, List.of("c_attn", "c_fc"), 0.3, 0.3), model),
                new Sgd().create(new SgdOptions(0)));
    }

    private static boolean isGain(ParameterSpec spec) {
        return spec.name().matches(".*ln_\\w+\\.weight");
    }

    private static EncodedText text(int seed, int length, int unscored) {
        SplittableRandom random = new SplittableRandom(seed);
        return new EncodedText(IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray(), unscored);
    }

    @Override
    public void close() {
        compute.close();
    }
}
