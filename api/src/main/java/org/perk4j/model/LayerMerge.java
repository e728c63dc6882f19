package org.perk4j.model;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The weights of a linear layer that yields what it yields adapted. What an adaptation makes of the unit vectors and of zero
 * tells how it changes W and b; the change is what is added to them, so that what isn't changed stays exact. Whether that is
 * all that it does, some other inputs show.
 */
final class LayerMerge {

    /** Unit vectors that are read at once. */
    private static final int BLOCK = 256;
    /** The sizes of the other inputs' elements. */
    private static final double[] SIZES = {1, 1, 50, 50};
    /** How many times what rounding leaves of a sum in the mean a difference may be. */
    private static final double MARGIN = 64;

    private final Compute compute;
    private final Adaptation adaptation;
    private final Site site;
    private final Layer layer;
    private final Layer unbiased;

    /** @param layer as it is without the adaptation */
    LayerMerge(Compute compute, Adaptation adaptation, Site site, Layer layer) {
        this.compute = compute;
        this.adaptation = adaptation;
        this.site = site;
        this.layer = layer;
        this.unbiased = Layer.of(site, layer.weight(), null);
    }

    /** @return whether the adaptation does anything here */
    boolean changes() {
        try (Scope scope = compute.scope()) {
            Tensor input = compute.fill(new Shape(1, site.inputs()), 1);
            Tensor output = layer.of(compute, input);
            return adaptation.apply(compute, site, input, new KnownLayer(layer, input, () -> output)) != output;
        }
    }

    /**
     * @return the merged layer, what changes of it owned by the innermost open scope, the rest the layer's own
     * @throws IllegalArgumentException if no weights of this layer do what the adaptation does
     */
    Layer merged() {
        if (layer.bias() == null && Arrays.stream(changeOf(layer, new double[site.inputs()])).anyMatch(c -> c != 0)) {
            throw new IllegalArgumentException(site.name() + ": it would need a bias, and the model has none there");
        }
        Layer merged = Layer.of(site, weight(), layer.bias() == null ? null : bias());
        requireSame(merged);
        return merged;
    }

    private Tensor weight() {
        double[] merged = compute.download(layer.weight());
        double[] atZero = changeOf(unbiased, new double[site.inputs()]);
        boolean isChanged = false;
        for (int first = 0; first < site.inputs(); first += BLOCK) {
            int count = Math.min(BLOCK, site.inputs() - first);
            double[] units = new double[count * site.inputs()];
            for (int i = 0; i < count; i++) {
                units[i * site.inputs() + first + i] = 1;
            }
            double[] change = changeOf(unbiased, units);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < site.outputs(); j++) {
                    double ofWeight = change[i * site.outputs() + j] - atZero[j];
                    merged[place(first + i, j)] += ofWeight;
                    isChanged |= ofWeight != 0;
                }
            }
        }
        return isChanged ? compute.constant(layer.weight().shape(), merged) : layer.weight();
    }

    private Tensor bias() {
        double[] change = changeOf(layer, new double[site.inputs()]);
        if (Arrays.stream(change).allMatch(each -> each == 0)) {
            return layer.bias();
        }
        double[] merged = compute.download(layer.bias());
        Arrays.setAll(merged, j -> merged[j] + change[j]);
        return compute.constant(layer.bias().shape(), merged);
    }

    /** @return what the adaptation adds to what a layer makes of some rows */
    private double[] changeOf(Layer of, double[] rows) {
        try (Scope scope = compute.scope()) {
            Tensor input = compute.constant(new Shape(rows.length / site.inputs(), site.inputs()), rows);
            Tensor before = of.of(compute, input);
            Tensor after = adaptation.apply(compute, site, input, new KnownLayer(of, input, () -> before));
            return compute.download(compute.combine(1, after, -1, before));
        }
    }

    private int place(int input, int output) {
        return site.inputsFirst() ? input * site.outputs() + output : output * site.inputs() + input;
    }

    private void requireSame(Layer merged) {
        double[] rows = new SplittableRandom(1).doubles((long) SIZES.length * site.inputs(), -1, 1).toArray();
        Arrays.setAll(rows, i -> rows[i] * SIZES[i / site.inputs()]);
        try (Scope scope = compute.scope()) {
            Tensor input = compute.constant(new Shape(SIZES.length, site.inputs()), rows);
            double[] found = compute.download(merged.of(compute, input));
            double[] expected = compute.download(adaptation.apply(compute, site, input, layer));
            double[] most = mostOf(layer, merged);
            double tolerance = MARGIN * Math.sqrt(site.inputs()) * (compute.dtype() == DType.FLOAT32 ? 0x1p-24 : 0x1p-53);
            for (int i = 0; i < found.length; i++) {
                double bound = tolerance * SIZES[i / site.outputs()] * most[i % site.outputs()];
                if (!(Math.abs(expected[i] - found[i]) <= bound)) {
                    throw new IllegalArgumentException(site.name() + ": what it does there is not linear in what the layer"
                            + " reads, or not finite, so no weights do it");
                }
            }
        }
    }

    /** @return for each output the sum of the absolute values of its weights in both layers */
    private double[] mostOf(Layer... layers) {
        double[] most = new double[site.outputs()];
        for (Layer each : layers) {
            double[] weight = compute.download(each.weight());
            for (int i = 0; i < site.inputs(); i++) {
                for (int j = 0; j < site.outputs(); j++) {
                    most[j] += Math.abs(weight[place(i, j)]);
                }
            }
            if (each.bias() != null) {
                double[] bias = compute.download(each.bias());
                IntStream.range(0, bias.length).forEach(j -> most[j] += Math.abs(bias[j]));
            }
        }
        return most;
    }
}
