package org.perk4j.adapter.vera;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A {@code rank×(most inputs)} and B {@code (most outputs)×rank} for all layers, each of which uses their first columns and
 * rows.
 */
final class VeraAdapter implements Adapter {

    private static final String A = "base_model.vera_A";
    private static final String B = "base_model.vera_B";
    private static final String ROW = ".vera_lambda_b";
    private static final String RANK = ".vera_lambda_d";

    private final VeraOptions options;
    private final List<Site> sites;
    private final Set<String> adapted;
    private final List<String> targets;

    VeraAdapter(VeraOptions options, List<Site> all) {
        this.options = options;
        this.sites = options.modules().choose(all);
        this.adapted = sites.stream().map(Site::name).collect(Collectors.toSet());
        this.targets = Modules.written(sites, all);
    }

    @Override
    public List<ParameterSpec> parameters() {
        int inputs = sites.stream().mapToInt(Site::inputs).max().orElseThrow();
        int outputs = sites.stream().mapToInt(Site::outputs).max().orElseThrow();
        List<ParameterSpec> specs = new ArrayList<>();
        // The variance of PyTorch's Kaiming initialization, as in PEFT.
        specs.add(new ParameterSpec(A, new Shape(options.rank(), inputs), 0, Math.sqrt(2.0 / inputs)).frozen());
        specs.add(new ParameterSpec(B, new Shape(outputs, options.rank()), 0, Math.sqrt(2.0 / options.rank())).frozen());
        for (Site site : sites) {
            specs.add(new ParameterSpec(name(site, ROW), new Shape(1, site.outputs()), options.initB(), 0)
                    .inFiles(site.outputs()));
            specs.add(new ParameterSpec(name(site, RANK), new Shape(1, options.rank()), options.initD(), 0)
                    .inFiles(options.rank()));
        }
        return specs;
    }

    private static String name(Site site, String vector) {
        return PeftConfiguration.PREFIX + site.name() + vector;
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        return (ops, site, input, base) -> adapted.contains(site.name())
                ? ops.scoped(() -> changed(ops, site, input, base, values, dropout)) : base.of(ops, input);
    }

    private Tensor changed(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor a = ops.columns(values.get(A), 0, site.inputs());
        Tensor b = ops.gatherRows(values.get(B), IntStream.range(0, site.outputs()).toArray());
        Tensor seen = options.dropout() == 0 ? input : dropout.apply(ops, site, input, options.dropout());
        Tensor ranks = ops.multiply(ops.matmul(seen, false, a, true),
                ops.repeatRow(values.get(name(site, RANK)), input.rows()));
        Tensor change = ops.multiply(ops.matmul(ranks, false, b, true),
                ops.repeatRow(values.get(name(site, ROW)), input.rows()));
        return ops.add(base.of(ops, input), change);
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("peft_type", "VERA");
        configuration.put("task_type", "CAUSAL_LM");
        configuration.put("r", options.rank());
        configuration.put("vera_dropout", options.dropout());
        configuration.put("save_projection", true);
        configuration.put("target_modules", targets);
        configuration.put("fan_in_fan_out", sites.stream().allMatch(Site::inputsFirst));
        configuration.put("bias", "none");
        configuration.put("inference_mode", true);
        return configuration;
    }
}
