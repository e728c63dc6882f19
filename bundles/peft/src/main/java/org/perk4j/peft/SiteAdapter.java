package org.perk4j.peft;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;

/** An adapter that applies one rule, independently, at each of the chosen layers. */
public final class SiteAdapter implements Adapter {

    private final SiteRule rule;
    private final List<Site> sites;
    private final List<String> targets;

    /** @throws IllegalArgumentException naming the key, if the modules match no layer of the model */
    public SiteAdapter(SiteRule rule, Modules modules, Model model) {
        this.rule = rule;
        this.sites = modules.choose(model.sites());
        this.targets = Modules.written(sites, model.sites());
    }

    private static String prefix(Site site) {
        return PeftConfiguration.PREFIX + site.name() + ".";
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(site -> rule.parameters(site).stream().map(spec -> spec.prefixed(prefix(site))))
                .toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, Parameters> ofSites = new HashMap<>();
        sites.forEach(site -> ofSites.put(site.name(), values.under(prefix(site))));
        return (ops, site, input, base) -> {
            Parameters own = ofSites.get(site.name());
            return own == null ? base.of(ops, input) : ops.scoped(() -> rule.apply(ops, site, input, base, own, dropout));
        };
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>(rule.configuration());
        configuration.put("task_type", "CAUSAL_LM");
        configuration.put("inference_mode", true);
        configuration.putIfAbsent("target_modules", targets);
        if (sites.stream().allMatch(Site::inputsFirst)) { // some of PEFT's types have neither this key nor such layers
            configuration.put("fan_in_fan_out", true);
        }
        return configuration;
    }
}
