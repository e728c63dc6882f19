package org.perk4j.adapter.dora;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Initial;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.SiteRule;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A {@code rank×inputs}, B {@code outputs×rank} and a magnitude for each output. The norm is differentiated, so that the
 * gradient is exact; PEFT and the paper (4.3) treat it as a constant.
 */
record DoraRule(DoraOptions options) implements SiteRule {

    private static final String A = "lora_A.weight";
    private static final String B = "lora_B.weight";
    private static final String MAGNITUDE = "lora_magnitude_vector";

    @Override
    public List<ParameterSpec> parameters(Site site) {
        return List.of(
                new ParameterSpec(A, new Shape(options.rank(), site.inputs()), 0, 1 / Math.sqrt(3.0 * site.inputs())),
                new ParameterSpec(B, new Shape(site.outputs(), options.rank()), 0, options.initB()),
                new ParameterSpec(MAGNITUDE, new Shape(1, site.outputs()), new Initial.OfWeights(
                        base -> norms(site, base.of(site.name() + ".weight")))).inFiles(site.outputs()));
    }

    /** @return the norm of each output's weights */
    private static double[] norms(Site site, double[] weight) {
        double[] norms = new double[site.outputs()];
        for (int i = 0; i < weight.length; i++) {
            norms[site.inputsFirst() ? i % site.outputs() : i / site.inputs()] += weight[i] * weight[i];
        }
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Math.sqrt(norms[i]);
        }
        return norms;
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor seen = options.dropout() == 0 ? input : dropout.apply(ops, site, input, options.dropout());
        Tensor scales = ops.multiply(values.get(MAGNITUDE), ops.scoped(() -> inverseNorms(ops, site, base, values)));
        Tensor direction = ops.addProduct(unbiased(ops, seen, base), options.scale(),
                ops.matmul(seen, false, values.get(A), true), values.get(B));
        Tensor output = ops.multiply(direction, ops.repeatRow(scales, input.rows()));
        if (seen != input) { // as in PEFT, dropout applies to the update only
            output = ops.add(output, ops.combine(1, unbiased(ops, input, base), -1, unbiased(ops, seen, base)));
        }
        return base.bias() == null ? output : ops.add(output, ops.repeatRow(base.bias(), input.rows()));
    }

    private static Tensor unbiased(Ops ops, Tensor input, Layer base) {
        Tensor output = base.of(ops, input);
        return base.bias() == null ? output : ops.combine(1, output, -1, ops.repeatRow(base.bias(), input.rows()));
    }

    /** @return {@code 1×outputs} */
    private Tensor inverseNorms(Ops ops, Site site, Layer base, Parameters values) {
        Tensor change = site.inputsFirst() ? ops.matmul(values.get(A), true, values.get(B), true)
                : ops.matmul(values.get(B), values.get(A));
        Tensor changed = ops.combine(1, base.weight(), options.scale(), change);
        Tensor squares = site.inputsFirst() ? ops.sumRows(ops.multiply(changed, changed))
                : ops.reshape(ops.rowDots(changed, changed), new Shape(1, site.outputs()));
        return ops.map(Activation.RECIPROCAL, ops.map(Activation.SQRT, squares));
    }

    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "LORA", "use_dora", true, "r", options.rank(), "lora_alpha", options.alpha(),
                "use_rslora", options.rankStabilized(), "lora_dropout", options.dropout(), "bias", "none");
    }
}
