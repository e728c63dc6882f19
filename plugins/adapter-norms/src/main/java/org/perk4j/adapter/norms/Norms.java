package org.perk4j.adapter.norms;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.peft.WeightAdapter;
import org.perk4j.plugin.Provides;

/**
 * Tuning of norms (Zhao et al. 2023, arXiv 2312.11420): a context is encoded into the gains of the model's norms, and into
 * their biases where they have some. PEFT calls it {@code LN_TUNING}.
 */
@Component
@Provides(kind = "adapter", type = "norms")
public final class Norms implements AdapterType<NormsOptions> {

    @Override
    public Class<NormsOptions> options() {
        return NormsOptions.class;
    }

    @Override
    public Adapter create(NormsOptions options, Model model) {
        // A model's vectors are gains and biases of norms, and biases of linear layers.
        Set<String> ofLayers = model.sites().stream().map(site -> site.name() + ".bias").collect(Collectors.toSet());
        List<ParameterSpec> norms = model.parameters().stream()
                .filter(weight -> weight.shape().rows() == 1 && !ofLayers.contains(weight.name())
                        && options.means(module(weight)))
                .toList();
        if (norms.isEmpty()) {
            throw new IllegalArgumentException("targetModules: no norm of the model matches");
        }
        return new WeightAdapter(norms, name -> name.replaceFirst("\\.([^.]*)$", ".ln_tuning_layers.$1"),
                Map.of("peft_type", "LN_TUNING", "target_modules", norms.stream().map(Norms::module).distinct().toList()));
    }

    private static String module(ParameterSpec weight) {
        return weight.name().substring(0, weight.name().lastIndexOf('.'));
    }

    @Override
    public Optional<NormsOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("LN_TUNING")) {
            return Optional.empty();
        }
        NormsOptions options = new NormsOptions(configuration.texts("target_modules"));
        configuration.requireNothingElse();
        return Optional.of(options);
    }
}
