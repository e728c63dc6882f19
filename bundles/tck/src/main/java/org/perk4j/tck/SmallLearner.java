package org.perk4j.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.decoder.Architecture;
import org.perk4j.decoder.Block;
import org.perk4j.decoder.Embedding;
import org.perk4j.decoder.Head;
import org.perk4j.decoder.Linear;
import org.perk4j.decoder.Mlp;
import org.perk4j.decoder.Norm;
import org.perk4j.decoder.SelfAttention;
import org.perk4j.meta.Learner;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelSize;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A learner to test objectives with: a transformer of one block with random weights, a low-rank adapter at two of its layers
 * ({@code lora_A}, {@code lora_B}, and {@code scales}, which are never learned, for each), plain gradient descent, and an
 * episode of two segments and a question, in float64. For use by one thread.
 */
public final class SmallLearner implements AutoCloseable {

    private static final int VOCABULARY = 11;
    private static final int POSITIONS = 8;
    private static final int WIDTH = 8;
    private static final int RANK = 2;
    private static final double EPSILON = 1e-5;

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final Learner learner;

    /** Without dropout. */
    public SmallLearner(Autodiff autodiff) {
        this(autodiff, 0);
    }

    /** @param dropout of the adapter */
    public SmallLearner(Autodiff autodiff, double dropout) {
        Model model = model();
        List<Site> sites = model.sites().stream()
                .filter(site -> site.name().endsWith("attention.input") || site.name().endsWith("mlp.up")).toList();
        learner = new Learner(compute, autodiff, model, weights(compute, model), new LowRankAdapter(sites, RANK, dropout),
                new GradientDescent());
    }

    private static Model model() {
        Embedding embedding = new Embedding(new ParameterSpec("tokens", new Shape(VOCABULARY, WIDTH), 0, 1), 1,
                new ParameterSpec("positions", new Shape(POSITIONS, WIDTH), 0, 1));
        AttentionSpec heads = new AttentionSpec(new Heads(2, 2, WIDTH / 2));
        SelfAttention attention = new SelfAttention(heads, List.of(linear("attention.input", WIDTH, 3 * WIDTH)), List.of(),
                null, linear("attention.output", WIDTH, WIDTH));
        Mlp mlp = new Mlp(null, linear("mlp.up", WIDTH, 4 * WIDTH), linear("mlp.down", 4 * WIDTH, WIDTH), Activation.GELU);
        return new Architecture(new ModelSize(VOCABULARY, WIDTH, 1, POSITIONS), embedding,
                layer -> new Block(Norm.layer("blocks.0.before", WIDTH, EPSILON), attention,
                        Norm.layer("blocks.0.between", WIDTH, EPSILON), mlp),
                Norm.layer("last", WIDTH, EPSILON), new Head(embedding.tokens())).model();
    }

    private static Linear linear(String name, int inputs, int outputs) {
        return Linear.of("blocks.0." + name, inputs, outputs, true, 1);
    }

    /** @return random weights around their means, the same each time, owned by the innermost open scope */
    public static Parameters weights(Compute compute, Model model) {
        SplittableRandom random = new SplittableRandom(4);
        List<Tensor> weights = new ArrayList<>();
        for (ParameterSpec spec : model.parameters()) {
            double mean = ((Initial.Normal) spec.initial()).mean();
            weights.add(compute.constant(spec.shape(),
                    random.doubles(spec.shape().size(), mean - 0.5, mean + 0.5).toArray()));
        }
        return new Parameters(model.parameters().stream().map(ParameterSpec::name).toList(), weights);
    }

    private record GradientDescent() implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return 0;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            return new Direction(gradient, List.of());
        }
    }

    /** @return in float64; to be closed with this */
    public Compute compute() {
        return compute;
    }

    /** @return on {@link #compute} */
    public Learner learner() {
        return learner;
    }

    /** @return one that the model can read: two segments and a question */
    public EncodedEpisode episode() {
        return new EncodedEpisode(3, List.of(text(1, 5, 1), text(2, 4, 1)), List.of(text(3, 5, 3)));
    }

    /** @return one that the model can read */
    static EncodedText text(int seed, int length, int unscored) {
        SplittableRandom random = new SplittableRandom(seed);
        return new EncodedText(IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray(), unscored);
    }

    @Override
    public void close() {
        compute.close();
    }
}
