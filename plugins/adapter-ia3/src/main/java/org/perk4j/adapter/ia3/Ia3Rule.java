package org.perk4j.adapter.ia3;

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

/** One factor for each column of what a layer yields ({@code outputs×1}) or reads ({@code 1×inputs}). */
record Ia3Rule(Ia3Options options) implements SiteRule {

    private static final String FACTORS = "ia3_l";

    @Override
    public List<ParameterSpec> parameters(Site site) {
        return List.of(new ParameterSpec(FACTORS, options.isFeedforward(site.name()) ? new Shape(1, site.inputs())
                : new Shape(site.outputs(), 1), 1, 0));
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor factors = values.get(FACTORS);
        if (options.isFeedforward(site.name())) {
            return base.of(ops, ops.multiply(input, ops.repeatRow(factors, input.rows())));
        }
        Tensor output = base.of(ops, input);
        return ops.multiply(output, ops.repeatRow(ops.reshape(factors, new Shape(1, site.outputs())), input.rows()));
    }

    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "IA3", "feedforward_modules", options.feedforwardModules());
    }
}
