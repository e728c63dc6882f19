package ${package};

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.VectorFunction;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Layer;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** In float64, where nothing but plain Java computes. */
class ${className}Test {

    private static final Site SITE = new Site("transformer.h.0.attn.c_attn", 2, 3, true);
    private static final double[] SCALES = {2, -1, 0.5};

    private final Compute compute = new JavaCompute(DType.FLOAT64);
    private final Adapter adapter = new ${className}Adapter(List.of(SITE));

    @AfterEach
    void close() {
        compute.close();
    }

    @Test
    void scalesEachOutputOfItsLayer() {
        assertArrayEquals(new double[] {2, -2, 1.5, 8, -5, 3}, compute.download(outputs(compute, column(SCALES))), 1e-12);
    }

    @Test
    void gradientAgreesWithFiniteDifferences() {
        VectorFunction energy = (ops, at) -> List.of(ops.dot(outputs(ops, at.get(0)), outputs(ops, at.get(0))));
        Tensor gradient = new ReverseMode().gradient(compute, energy, List.of(column(SCALES))).gradients().get(0);
        double step = 1e-6;
        for (int i = 0; i < SCALES.length; i++) {
            double[] more = SCALES.clone();
            double[] less = SCALES.clone();
            more[i] += step;
            less[i] -= step;
            assertEquals((value(energy, more) - value(energy, less)) / (2 * step), compute.download(gradient)[i], 1e-6);
        }
    }

    @Test
    void misspeltTargetsAreRefusedWithWhatThereIs() {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new ${className}Options(List.of("c_atn")).choose(List.of(SITE))).getMessage();
        assertTrue(message.startsWith("targets: ") && message.contains("[c_attn]"), message);
    }

    private double value(VectorFunction f, double... scales) {
        return compute.download(f.apply(compute, List.of(column(scales))).get(0))[0];
    }

    private Tensor outputs(Ops ops, Tensor scales) {
        Parameters values = new Parameters(List.of(adapter.parameters().get(0).name()), List.of(scales));
        Tensor input = compute.constant(new Shape(2, 2), 1, 0, 0, 1);
        Layer base = Layer.of(SITE, compute.constant(new Shape(2, 3), 1, 2, 3, 4, 5, 6), null);
        return adapter.with(values, Dropout.NONE).apply(ops, SITE, input, base);
    }

    private Tensor column(double... elements) {
        return compute.constant(new Shape(elements.length, 1), elements);
    }
}
