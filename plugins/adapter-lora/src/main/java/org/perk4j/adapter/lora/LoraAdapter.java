package org.perk4j.adapter.lora;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Shape;

/** A pair of low-rank factors for each adapted site. */
final class LoraAdapter implements Adapter {

    private final LoraOptions options;
    private final List<AdaptedSite> sites;

    /** A site with the parameters that adapt it. */
    private record AdaptedSite(Site site, ParameterSpec a, ParameterSpec b) {

        AdaptedSite(Site site, LoraOptions options) {
            this(site,
                    new ParameterSpec(name(site, "lora_A"), new Shape(options.rank(), site.inputs()), 0,
                            options.initA() > 0 ? options.initA() : 1 / Math.sqrt(3.0 * site.inputs())),
                    new ParameterSpec(name(site, "lora_B"), new Shape(site.outputs(), options.rank()), 0,
                            options.initB()));
        }

        private static String name(Site site, String factor) {
            return "base_model.model." + site.name() + "." + factor + ".weight";
        }
    }

    LoraAdapter(LoraOptions options, List<Site> sites) {
        this.options = options;
        this.sites = sites.stream().map(site -> new AdaptedSite(site, options)).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(s -> Stream.of(s.a, s.b)).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, LoraAdaptation.Factors> factors = new HashMap<>();
        sites.forEach(s -> factors.put(s.site.name(),
                new LoraAdaptation.Factors(values.get(s.a.name()), values.get(s.b.name()))));
        return new LoraAdaptation(factors, options.rank(), options.scale(), options.dropout(), dropout);
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("peft_type", "LORA");
        configuration.put("task_type", "CAUSAL_LM");
        configuration.put("r", options.rank());
        configuration.put("lora_alpha", options.alpha());
        configuration.put("use_rslora", options.rankStabilized());
        configuration.put("lora_dropout", options.dropout());
        configuration.put("target_modules", targetModules());
        configuration.put("fan_in_fan_out", sites.stream().allMatch(s -> s.site.inputsFirst()));
        configuration.put("bias", "none");
        configuration.put("inference_mode", true);
        return configuration;
    }

    private List<String> targetModules() {
        return options.targets().isEmpty()
                ? sites.stream().map(s -> LoraOptions.shortName(s.site)).distinct().toList()
                : options.targets();
    }
}
