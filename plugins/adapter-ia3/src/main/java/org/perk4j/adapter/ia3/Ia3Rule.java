package org.perk4j.adapter.ia3;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Layer;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.Modules;
import org.perk4j.peft.SiteRule;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * One factor for each of a layer's outputs ({@code outputs×1}) or inputs ({@code 1×inputs}).
 *
 * @param feedforward the names of layers whose inputs are multiplied
 * @param names       the names of layers in files, by PEFT's keys
 */
record Ia3Rule(Set<String> feedforward, Map<String, List<String>> names) implements SiteRule {

    private static final String FACTORS = "ia3_l";

    static Ia3Rule of(Ia3Options options, Model model) {
        List<Site> adapted = options.modules().choose(model.sites());
        List<Site> feedforward = adapted.stream().filter(site -> options.isFeedforward(site.name())).toList();
        return new Ia3Rule(feedforward.stream().map(Site::name).collect(Collectors.toSet()),
                names(adapted, feedforward, model.sites()));
    }

    /** PEFT requires that the names of feed-forward layers also appear, verbatim, among those of all adapted layers. */
    private static Map<String, List<String>> names(List<Site> adapted, List<Site> feedforward, List<Site> all) {
        List<String> targets = Modules.written(adapted, all);
        List<String> own = Modules.written(feedforward, adapted);
        return targets.containsAll(own) ? Map.of("target_modules", targets, "feedforward_modules", own)
                : Map.of("target_modules", adapted.stream().map(Site::name).toList(),
                        "feedforward_modules", feedforward.stream().map(Site::name).toList());
    }

    @Override
    public List<ParameterSpec> parameters(Site site) {
        return List.of(new ParameterSpec(FACTORS, feedforward.contains(site.name()) ? new Shape(1, site.inputs())
                : new Shape(site.outputs(), 1), 1, 0));
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor factors = values.get(FACTORS);
        if (feedforward.contains(site.name())) {
            return base.of(ops, ops.multiply(input, ops.repeatRow(factors, input.rows())));
        }
        Tensor output = base.of(ops, input);
        return ops.multiply(output, ops.repeatRow(ops.reshape(factors, new Shape(1, site.outputs())), input.rows()));
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>(names);
        configuration.put("peft_type", "IA3");
        return configuration;
    }
}
