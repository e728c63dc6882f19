package org.perk4j.adapter.loha;

import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.SiteRule;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A {@code outputs×rank} and B {@code rank×inputs}, two of each. */
record LohaRule(LohaOptions options) implements SiteRule {

    @Override
    public List<ParameterSpec> parameters(Site site) {
        Shape a = new Shape(site.outputs(), options.rank());
        Shape b = new Shape(options.rank(), site.inputs());
        return List.of(new ParameterSpec("hada_w1_a", a, 0, 1 / Math.sqrt(3.0 * options.rank())),
                new ParameterSpec("hada_w1_b", b, 0, 1 / Math.sqrt(3.0 * site.inputs())),
                new ParameterSpec("hada_w2_a", a, 0, 1 / Math.sqrt(3.0 * options.rank())),
                new ParameterSpec("hada_w2_b", b, 0, options.initB2()));
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor change = ops.scoped(() -> ops.multiply(ops.matmul(values.get("hada_w1_a"), values.get("hada_w1_b")),
                ops.matmul(values.get("hada_w2_a"), values.get("hada_w2_b"))));
        return ops.addProduct(base.of(ops, input), options.alpha() / options.rank(), input, change);
    }

    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "LOHA", "r", options.rank(), "alpha", options.alpha());
    }
}
