package org.perk4j.objective.perk;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Pullback;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * PERK's meta-objective: the loss of answers from an adapter into which the context was written by N gradient steps, and
 * its gradient by the adapter's initial value, the learning rate of each parameter in each step (MAML++, Antoniou et al.
 * 2019) and the token weighting network.
 */
final class PerkObjective implements MetaObjective {

    private static final String ADAPTER = "adapter.";
    private static final String RATES = "rates.";
    private static final String WEIGHTING = "weighting.";

    private final PerkOptions options;
    private final int leastOnDisk;

    PerkObjective(PerkOptions options) {
        this(options, KeptProducts.LEAST_ON_FILE);
    }

    /** @param leastOnDisk the smallest inner dimension of products that are kept on disk */
    PerkObjective(PerkOptions options, int leastOnDisk) {
        this.options = options;
        this.leastOnDisk = leastOnDisk;
    }

    @Override
    public List<ParameterSpec> parameters(Learner learner) {
        List<ParameterSpec> specs = new ArrayList<>();
        List<ParameterSpec> adapter = learner.adapter().parameters();
        adapter.forEach(p -> specs.add(p.prefixed(ADAPTER)));
        adapter.forEach(p -> specs.add(
                new ParameterSpec(RATES + p.name(), new Shape(options.steps(), 1), options.learningRate(), 0)));
        if (options.tokenWeighting()) {
            weighting(learner).parameters().forEach(p -> specs.add(p.prefixed(WEIGHTING)));
        }
        return specs;
    }

    @Override
    public long encodingPasses(int segments) {
        return (long) segments * (options.steps() + 1); // the last tells the loss
    }

    @Override
    public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("the context has no segments: there is nothing to encode");
        }
        Compute compute = learner.compute();
        try (Scope scope = compute.scope(); TensorFile file = new TensorFile(compute)) {
            InnerLoop loop = innerLoop(learner, file, meta);
            ContextLoss loss = contextLoss(learner, segments, batch -> Dropout.NONE);
            int[] passes = {0};
            Consumer<MicroBatch> passed = batch -> {
                passes[0] += batch.texts().size();
                progress.accept(passes[0]);
            };
            List<Double> losses = new ArrayList<>();
            for (int t = 0; t < options.steps(); t++) {
                losses.add(loop.stepAndForget(loss, passed));
            }
            losses.add(loop.loss(loss, passed));
            loop.adapter().tensors().forEach(scope::keep);
            return new Encoding(loop.adapter(), losses);
        }
    }

    @Override
    public double loss(Learner learner, Parameters meta, EncodedEpisode episode) {
        Compute compute = learner.compute();
        try (Scope scope = compute.scope()) {
            Parameters adapter = encode(learner, meta, episode.segments(), passes -> { }).adapter();
            AnswerLoss loss = new AnswerLoss(learner, options, episode.answers(), batch -> Dropout.NONE);
            double sum = 0;
            for (MicroBatch batch : loss.batches()) {
                try (Scope inner = compute.scope()) {
                    sum += compute.download(loss.of(compute, batch, adapter).get(0))[0];
                }
            }
            return sum;
        }
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        Compute compute = learner.compute();
        try (Scope scope = compute.scope(); TensorFile file = new TensorFile(compute)) {
            InnerLoop loop = innerLoop(learner, file, meta);
            Function<Integer, ContextLoss> lossOf = t -> contextLoss(learner, episode.segments(), dropout(episode, t));
            KeptProducts kept = new KeptProducts(compute, scope, file, options.keepBytes(), options.keepOnDiskBytes(),
                    leastOnDisk);
            KeptProducts none = new KeptProducts(compute, scope, file, 0, 0, leastOnDisk);
            for (int t = 0; t < options.steps(); t++) {
                boolean comesBack = t >= options.steps() - options.unrolled();
                loop.step(lossOf.apply(t), comesBack ? kept : none);
            }
            AnswerLoss answerLoss = new AnswerLoss(learner, options, episode.answers(),
                    dropout(episode, options.steps()));
            Answered answered = answer(learner, answerLoss, loop.adapter());
            InnerLoop.Adjoint adjoint = loop.backward(answered.gradient, options.unrolled(), lossOf);

            List<Tensor> gradient = new ArrayList<>(adjoint.adapter());
            for (double[] dRates : adjoint.rates()) {
                gradient.add(compute.constant(new Shape(options.steps(), 1), dRates));
            }
            gradient.addAll(adjoint.weighting());
            gradient.forEach(scope::keep);
            return new MetaGradient(answered.loss, (double) answered.hits / answerLoss.scored(), tokens(episode),
                    meta.with(gradient));
        }
    }

    private record Answered(double loss, int hits, List<Tensor> gradient) {
    }

    private static Answered answer(Learner learner, AnswerLoss answerLoss, Parameters adapter) {
        Compute compute = learner.compute();
        double loss = 0;
        int hits = 0;
        List<Tensor> sum = null;
        for (MicroBatch batch : answerLoss.batches()) {
            try (Scope scope = compute.scope()) {
                Tensor one = compute.fill(Shape.SCALAR, 1);
                List<Tensor> cotangents = new ArrayList<>(List.of(one));
                cotangents.add(null);
                Pullback pullback = learner.autodiff().pullback(compute,
                        (ops, theta) -> answerLoss.of(ops, batch, adapter.with(theta)), adapter.tensors(), cotangents);
                loss += compute.download(pullback.values().get(0))[0];
                hits += answerLoss.hits(batch, pullback.values().get(1));
                if (sum == null) {
                    sum = pullback.gradients().stream().map(scope::keep).toList();
                } else {
                    for (int i = 0; i < sum.size(); i++) {
                        compute.accumulate(sum.get(i), 1, pullback.gradients().get(i));
                    }
                }
            }
        }
        return new Answered(loss, hits, sum);
    }

    private static long tokens(EncodedEpisode episode) {
        return episode.segments().stream().mapToLong(s -> s.tokens().length).sum()
                + episode.answers().stream().mapToLong(a -> a.tokens().length).sum();
    }

    private Function<MicroBatch, Dropout> dropout(EncodedEpisode episode, int step) {
        return batch -> new EpisodeDropout(options.seed(), episode.key(), step, batch);
    }

    private ContextLoss contextLoss(Learner learner, List<EncodedText> segments, Function<MicroBatch, Dropout> dropout) {
        return new ContextLoss(learner, options.tokenWeighting() ? weighting(learner) : null, options, segments, dropout);
    }

    private InnerLoop innerLoop(Learner learner, TensorFile file, Parameters meta) {
        return new InnerLoop(learner, new Update(learner.optimizer(), options.bound()), file, meta.under(ADAPTER),
                meta.under(RATES), meta.under(WEIGHTING));
    }

    private TokenWeighting weighting(Learner learner) {
        return new TokenWeighting(learner.model().size().width(), options.weightingUnits(),
                options.normalizeWeights());
    }
}
