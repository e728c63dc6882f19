package org.perk4j.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.RowAdaptations;
import org.perk4j.model.Site;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

class LoraTest {

    private static final Site ATTENTION = new Site("transformer.h.0.attn.c_proj", 2, 3, true);
    private static final Site UP = new Site("transformer.h.0.mlp.c_fc", 3, 4, true);
    private static final Site DOWN = new Site("transformer.h.0.mlp.c_proj", 4, 3, true);
    private static final List<Site> SITES = List.of(ATTENTION, UP, DOWN);

    private final Compute compute = new JavaCompute(DType.FLOAT64);

    @AfterEach
    void close() {
        compute.close();
    }

    @ParameterizedTest
    @CsvSource({"true, 3", "false, 1.5"})
    void updateIsScaledByTheRankOrItsRoot(boolean rankStabilized, double scale) {
        Adapter adapter = adapter(new LoraOptions(4, 6, rankStabilized, 0, List.of("attn.c_proj"), 0, 0));
        Tensor a = compute.constant(new Shape(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        Tensor b = compute.constant(new Shape(3, 4), 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1);
        Adaptation adaptation = adapter.with(named(adapter, a, b), Dropout.NONE);
        Tensor x = compute.constant(new Shape(1, 2), 1, -1);
        Tensor y = compute.constant(new Shape(1, 3), 10, 20, 30);
        // x·Aᵀ = (-1, -1, -1, -1)
        assertArrayEquals(new double[] {10 - scale, 20 - scale, 30 - 4 * scale},
                compute.download(adaptation.apply(compute, ATTENTION, x, yielding(y))), 1e-12);
    }

    @Test
    void otherLayersAreLeftAlone() {
        Adapter adapter = adapter(new LoraOptions(4, 6, true, 0, List.of("attn.c_proj"), 0, 0));
        Adaptation adaptation = adapter.with(zeros(adapter), Dropout.NONE);
        Tensor y = compute.fill(new Shape(1, 4), 1);
        assertSame(y, adaptation.apply(compute, UP, compute.fill(new Shape(1, 3), 1), yielding(y)));
    }

    @Test
    void dropoutTouchesOnlyWhatTheUpdateSees() {
        Adapter adapter = adapter(new LoraOptions(1, 1, true, 0.25, List.of("c_fc"), 0, 0));
        Adaptation adaptation = adapter.with(named(adapter, compute.fill(new Shape(1, 3), 1),
                compute.fill(new Shape(4, 1), 1)), (ops, site, input, rate) -> {
            assertEquals(UP, site);
            return ops.scale(input, rate);
        });
        Tensor output = adaptation.apply(compute, UP, compute.fill(new Shape(1, 3), 4),
                yielding(compute.fill(new Shape(1, 4), 7)));
        assertArrayEquals(new double[] {10, 10, 10, 10}, compute.download(output), 1e-12);
    }

    @Test
    void parametersAreNamedAndShapedAsInPeft() {
        List<ParameterSpec> parameters = adapter(new LoraOptions(4, 6, true, 0, List.of("c_fc"), 0, 0.001)).parameters();
        assertEquals(List.of(
                new ParameterSpec("base_model.model.transformer.h.0.mlp.c_fc.lora_A.weight", new Shape(4, 3), 0, 1.0 / 3),
                new ParameterSpec("base_model.model.transformer.h.0.mlp.c_fc.lora_B.weight", new Shape(4, 4), 0, 0.001)),
                parameters);
    }

    @ParameterizedTest
    @CsvSource({"c_proj, 2", "mlp.c_proj, 1", "transformer.h.0.mlp.c_fc, 1"})
    void targetsAreEndsOfNames(String target, int sites) {
        assertEquals(2 * sites, adapter(withTargets(target)).parameters().size());
    }

    @Test
    void noTargetsMeanAllSites() {
        Adapter adapter = adapter(withTargets());
        assertEquals(6, adapter.parameters().size());
        assertEquals(List.of("c_proj", "c_fc"), adapter.configuration().get("target_modules"));
    }

    @Test
    void misspeltTargetsAreRefusedWithWhatThereIs() {
        String message = assertThrows(IllegalArgumentException.class, () -> adapter(withTargets("c_fc", "_proj")))
                .getMessage();
        assertTrue(message.startsWith("targetModules: ") && message.contains("_proj") && message.contains("[c_proj, c_fc]"),
                message);
    }

    @Test
    void layoutOfTheWeightsIsToldToPeft() {
        Site linear = new Site("model.layers.0.self_attn.q_proj", 2, 2);
        assertEquals(true, adapter(withTargets()).configuration().get("fan_in_fan_out"));
        assertEquals(false, new LoraAdapter(withTargets(), List.of(linear)).configuration().get("fan_in_fan_out"));
    }

    /** Ranks and scales differ. With few rows the factors are stacked, with many each adapter is applied to its rows. */
    @ParameterizedTest
    @ValueSource(ints = {2, 30})
    void sideBySideEachRowIsChangedByItsOwnAdapter(int rows) {
        List<Adaptation> all = List.of(filled(4, 6, 0.5), filled(2, 3, -1), filled(4, 1, 2));
        RowAdaptations together = RowAdaptations.of(compute, all);
        int[] chosen = IntStream.range(0, rows).map(row -> 2 - row % 3).toArray();
        Tensor input = counting(rows, 2);
        Tensor output = counting(rows, 3);
        double[] found = compute.download(together.rows(chosen).apply(compute, ATTENTION, input, yielding(output)));
        for (int row = 0; row < rows; row++) {
            double[] alone = compute.download(all.get(chosen[row]).apply(compute, ATTENTION,
                    compute.gatherRows(input, row), yielding(compute.gatherRows(output, row))));
            assertArrayEquals(alone, Arrays.copyOfRange(found, 3 * row, 3 * row + 3), 1e-12);
        }
        assertArrayEquals(compute.download(output),
                compute.download(together.rows(chosen).apply(compute, DOWN, input, yielding(output))), "not adapted");
    }

    @Test
    void factorsOfManyRanksAreNotCopied() {
        List<Adaptation> few = List.of(filled(4, 6, 0.5), filled(2, 3, -1));
        List<Adaptation> many = List.of(filled(4, 6, 0.5), filled(300, 3, -1));
        long before = compute.memory().liveBytes();
        RowAdaptations.of(compute, many);
        assertEquals(before, compute.memory().liveBytes());
        RowAdaptations.of(compute, few);
        assertTrue(compute.memory().liveBytes() > before);
    }

    private Adaptation filled(int rank, double alpha, double value) {
        Adapter adapter = adapter(new LoraOptions(rank, alpha, true, 0.1, List.of("attn.c_proj"), 0, 0));
        return adapter.with(named(adapter, compute.fill(new Shape(rank, 2), value), compute.fill(new Shape(3, rank), value)),
                Dropout.NONE);
    }

    private Tensor counting(int rows, int columns) {
        return compute.constant(new Shape(rows, columns), IntStream.range(0, rows * columns).asDoubleStream().toArray());
    }

    private static LoraOptions withTargets(String... targets) {
        return new LoraOptions(2, 2, true, 0, List.of(targets), 0, 0);
    }

    private static Adapter adapter(LoraOptions options) {
        return new LoraAdapter(options, SITES);
    }

    private static Parameters named(Adapter adapter, Tensor... tensors) {
        return new Parameters(adapter.parameters().stream().map(ParameterSpec::name).toList(), List.of(tensors));
    }

    private Parameters zeros(Adapter adapter) {
        return named(adapter, adapter.parameters().stream().map(p -> compute.fill(p.shape(), 0)).toArray(Tensor[]::new));
    }

    /** A layer that yields this whatever it reads. */
    private static Layer yielding(Tensor output) {
        return new Layer() {

            @Override
            public Tensor of(Ops ops, Tensor input) {
                return output;
            }

            @Override
            public Tensor weight() {
                throw new UnsupportedOperationException();
            }

            @Override
            public Tensor bias() {
                throw new UnsupportedOperationException();
            }
        };
    }
}
