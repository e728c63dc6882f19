package org.perk4j.objective.perk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Encoding;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** What encoding says of the context's loss. */
class EncodingLossTest {

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final ReferenceCase reference = new ReferenceCase(compute, "sgd", 0);

    @AfterEach
    void close() {
        compute.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 24, 1000})
    void isTheMeanOfAllTokensWhateverTheyCountForTheSteps(int microBatchTokens) {
        List<Integer> passes = new ArrayList<>();
        PerkObjective objective = new PerkObjective(reference.options(0, microBatchTokens));
        Encoding encoding = objective.encode(reference.learner, reference.meta, reference.episode.segments(), passes::add);
        assertEquals(5, encoding.losses().size(), "before each of four steps, and after the last");
        assertEquals(meanLoss(reference.meta.under("adapter.")), encoding.before(), 1e-12);
        assertEquals(meanLoss(encoding.adapter()), encoding.after(), 1e-12);
        assertTrue(encoding.problem().isEmpty(), encoding::toString);
        assertEquals(objective.encodingPasses(reference.episode.segments().size()),
                passes.get(passes.size() - 1).longValue());
    }

    /** Each segment by itself, from the probabilities of its tokens. */
    private double meanLoss(Parameters adapter) {
        double sum = 0;
        int count = 0;
        for (EncodedText segment : reference.episode.segments()) {
            Tensor hidden = reference.learner.model()
                    .hidden(compute, reference.learner.weights(), Tokens.of(List.of(segment.tokens())),
                    reference.learner.adapter().with(adapter, Dropout.NONE));
            Tensor logits = reference.learner.model().logits(compute, reference.learner.weights(), hidden);
            double[] scores = compute.download(logits);
            int[] tokens = segment.tokens();
            for (int i = Math.max(1, segment.unscored()); i < tokens.length; i++) {
                double total = 0;
                for (int j = 0; j < logits.columns(); j++) {
                    total += Math.exp(scores[(i - 1) * logits.columns() + j]);
                }
                sum += Math.log(total) - scores[(i - 1) * logits.columns() + tokens[i]];
                count++;
            }
        }
        return sum / count;
    }

    @Test
    void stepsThatAreFarTooLongAreTold() {
        List<Tensor> values = new ArrayList<>();
        for (int i = 0; i < reference.meta.size(); i++) {
            Tensor value = reference.meta.tensors().get(i);
            values.add(reference.meta.names().get(i).startsWith("rates.") ? compute.fill(value.shape(), 1e200) : value);
        }
        Encoding encoding = new PerkObjective(reference.options(0, 1000))
                .encode(reference.learner, reference.meta.with(values), reference.episode.segments(), passes -> { });
        assertFalse(encoding.isFinite());
        assertTrue(encoding.problem().orElseThrow().contains("not finite after step "), encoding::toString);
    }
}
