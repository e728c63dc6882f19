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
import org.perk4j.peft.Modules;
import org.perk4j.tensor.Shape;

/** A pair of low-rank factors for each adapted site. */
final class LoraAdapter implements Adapter {

    private final LoraOptions options;
    private final List<AdaptedSite> sites;
    private final List<String> targets;

    /** A site with the parameters that adapt it. */
    private record AdaptedSite(Site site, ParameterSpec a, ParameterSpec b, double scale) {

        AdaptedSite(Site site, LoraOptions options) {
            this(site,
                    new ParameterSpec(name(site, "lora_A"), new Shape(options.rank(site), site.inputs()), 0,
                            options.initA() > 0 ? options.initA() : 1 / Math.sqrt(3.0 * site.inputs())),
                    new ParameterSpec(name(site, "lora_B"), new Shape(site.outputs(), options.rank(site)), 0,
                            options.initB()), options.scale(site));
        }

        private static String name(Site site, String factor) {
            return "base_model.model." + site.name() + "." + factor + ".weight";
        }
    }

    /** @param all sites of the model; the options say which of them are adapted */
    LoraAdapter(LoraOptions options, List<Site> all) {
        List<Site> chosen = options.choose(all);
        this.options = options;
        this.sites = chosen.stream().map(site -> new AdaptedSite(site, options)).toList();
        this.targets = Modules.written(chosen, all);
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(s -> Stream.of(s.a, s.b)).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, LoraAdaptation.Factors> factors = new HashMap<>();
        sites.forEach(s -> factors.put(s.site.name(),
                new LoraAdaptation.Factors(values.get(s.a.name()), values.get(s.b.name()), s.scale)));
        return new LoraAdaptation(factors, options.dropout(), dropout);
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
        configuration.put("rank_pattern", options.rankPattern().plain());
        configuration.put("alpha_pattern", options.alphaPattern().plain());
        configuration.put("target_modules", targets);
        configuration.put("fan_in_fan_out", sites.stream().allMatch(s -> s.site.inputsFirst()));
        configuration.put("bias", "none");
        configuration.put("inference_mode", true);
        return configuration;
    }
}
