package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.MergedAdaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.model.WeightedAdaptation;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
/** What can be merged, and what can't; AdapterContract shows for each type of adapter that it is the same then. */
class MergedAdaptationTest {

    private static final Tokens TOKENS = Tokens.of(List.of(new int[] {3, 1, 4, 1, 5}));
    private static final String LAYER = "transformer.h.1.mlp.c_fc";

    private final Model model = new Gpt2().create(Map.of("vocab_size", 11.0, "n_positions", 8.0, "n_embd", 16.0,
            "n_layer", 2.0, "n_head", 2.0, "initializer_range", 0.3));
    private Compute compute = new JavaCompute(DType.FLOAT64);
    private Parameters weights = Drawn.of(compute, model.parameters(), 1);

    @AfterEach
    void close() {
        compute.close();
    }

    private double[] logits(Adaptation adaptation) {
        Parameters adapted = adaptation.weights(weights);
        return compute.download(model.logits(compute, adapted, model.hidden(compute, adapted, TOKENS, adaptation)));
    }

    private Adaptation lora(long seed) {
        Adapter adapter = new Lora().create(new LoraOptions(3, 6, false, 0, List.of("c_fc"), 0, 0.2), model);
        return adapter.with(Drawn.of(compute, adapter.parameters(), seed), Dropout.NONE);
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void onlyWhatChangesIsReplaced(DType dtype) {
        close();
        compute = new JavaCompute(dtype);
        weights = Drawn.of(compute, model.parameters(), 1);
        MergedAdaptation merged = MergedAdaptation.of(compute, model, weights, lora(2));
        assertEquals(List.of("transformer.h.0.mlp.c_fc.weight", "transformer.h.1.mlp.c_fc.weight"),
                merged.changed().names());
        assertSame(weights.get("transformer.wte.weight"), merged.weights(weights).get("transformer.wte.weight"));
        double tolerance = dtype == DType.FLOAT64 ? 1e-12 : 1e-4;
        assertArrayEquals(logits(lora(2)), logits(merged), tolerance);
    }

    /** A bias of its own changes, and one element of the weight: the others stay as they are, to the bit. */
    @Test
    void whatIsNotChangedStaysExact() {
        double[] element = new double[16 * 64];
        element[5 * 64 + 7] = 1e-3;
        Adaptation one = at(LAYER, (ops, site, input, base) -> ops.add(base.of(ops, input),
                ops.matmul(input, ops.constant(new Shape(16, 64), element))));
        MergedAdaptation merged = MergedAdaptation.of(compute, model, weights, one);
        assertEquals(List.of(LAYER + ".weight"), merged.changed().names());
        double[] expected = compute.download(weights.get(LAYER + ".weight"));
        expected[5 * 64 + 7] += 1e-3;
        double[] found = compute.download(merged.changed().tensors().get(0));
        assertEquals(expected[5 * 64 + 7], found[5 * 64 + 7], 1e-15);
        found[5 * 64 + 7] = expected[5 * 64 + 7];
        assertArrayEquals(expected, found);

        Adaptation biased = at(LAYER, (ops, site, input, base) -> ops.affine(base.of(ops, input), 1, 0.5));
        assertEquals(List.of(LAYER + ".bias"), MergedAdaptation.of(compute, model, weights, biased).changed().names());
        assertEquals(List.of(), MergedAdaptation.of(compute, model, weights, Adaptation.NONE).changed().names());
    }

    @Test
    void whatIsNotLinearIsRefusedByTheLayersName() {
        Adaptation bottleneck = at(LAYER, (ops, site, input, base) -> ops.add(base.of(ops, input), ops.scale(
                ops.map(Activation.SILU, base.of(ops, input)), 1e-3)));
        Adaptation notFinite = at(LAYER, (ops, site, input, base) -> ops.scale(base.of(ops, input), Double.NaN));
        for (Adaptation unsound : List.of(bottleneck, notFinite)) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> MergedAdaptation.of(compute, model, weights, unsound)).getMessage();
            assertTrue(message.startsWith(LAYER + ": what it does there is not linear"), message);
        }
    }

    @Test
    void theMergedWeightsOutliveTheMemory() {
        Owner owner = compute.owner();
        MergedAdaptation merged;
        Adaptation replacing;
        try (Scope scope = owner.scope()) {
            Parameters others = Drawn.of(compute, model.parameters(), 5);
            replacing = WeightedAdaptation.of(compute, weights, List.of(lora(2), Adaptation.replacing(others)), 0.5, 0.5);
        }
        double[] expected = logits(replacing);
        merged = MergedAdaptation.of(compute, model, weights, replacing);
        owner.close();
        assertArrayEquals(expected, logits(merged), 1e-12);
    }

    /** In any order and number; one of weight 0 does nothing, and half twice is once. */
    @Test
    void weightsAreThoseOfASum() {
        Parameters others = Drawn.of(compute, model.parameters(), 5);
        double[] once = logits(lora(2));
        assertArrayEquals(once, logits(sum(List.of(lora(2), Adaptation.replacing(others)), 1, 0)), 1e-12);
        assertArrayEquals(once, logits(sum(List.of(lora(2), lora(2)), 0.5, 0.5)), 1e-12);
        assertArrayEquals(logits(Adaptation.replacing(others)),
                logits(sum(List.of(Adaptation.replacing(others)), 1)), 1e-12);
        assertArrayEquals(logits(sum(List.of(lora(2), Adaptation.replacing(others)), 0.3, 2)),
                logits(sum(List.of(Adaptation.replacing(others), lora(2)), 2, 0.3)), 1e-10);
        assertThrows(IllegalArgumentException.class, () -> sum(List.of(lora(2)), Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> sum(List.of(lora(2)), 1, 1));
        assertThrows(IllegalArgumentException.class, () -> sum(List.of(lora(2)), 1).weights(others));
    }

    private Adaptation sum(List<Adaptation> all, double... factors) {
        return WeightedAdaptation.of(compute, weights, all, factors);
    }

    private static Adaptation at(String layer, Adaptation there) {
        return (ops, site, input, base) -> site.name().equals(layer) ? there.apply(ops, site, input, base)
                : base.of(ops, input);
    }
}
