package org.perk4j.adapter.oft;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.plugin.Provides;

/**
 * Orthogonal finetuning (Qiu et al. 2023, arXiv 2306.07280): a layer's inputs are rotated, block by block, with a series in
 * place of an inverse (Qiu et al. 2025, arXiv 2506.19847).
 */
@Component
@Provides(kind = "adapter", type = "oft")
public final class Oft implements AdapterType<OftOptions> {

    @Override
    public Class<OftOptions> options() {
        return OftOptions.class;
    }

    @Override
    public Adapter create(OftOptions options, Model model) {
        return options.adapter(new OftRule(options), model);
    }

    private static final Pattern SINCE = Pattern.compile("0\\.(1[89]|[2-9]\\d|\\d{3,})(\\D.*)?|[1-9]\\d*\\..*");

    /** Accepts only the series, since there is no operation for the inverse. PEFT used another series before 0.18. */
    @Override
    public Optional<OftOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("OFT")) {
            return Optional.empty();
        }
        if (!(content.get("peft_version") instanceof String version) || !SINCE.matcher(version).matches()) {
            throw new IllegalArgumentException("peft_version: " + content.get("peft_version") + ": OFT's computation was "
                    + "changed in PEFT 0.18: train it again with that or a later version");
        }
        Modules modules = configuration.modules();
        LearnedWeights weights = configuration.learnedWeights(OftOptions.OWN_BIASES);
        OftOptions options = new OftOptions((int) configuration.number("oft_block_size", 32),
                (int) configuration.number("r", 0), configuration.flag("block_share"),
                configuration.count("num_cayley_neumann_terms", 5), 0, modules.targetModules(), modules.excludeModules(),
                modules.layersToTransform(), weights.bias(), weights.modulesToSave());
        configuration.require("use_cayley_neumann", true)
                .ignore("module_dropout", "eps", "init_weights").requireNothingElse();
        return Optional.of(options);
    }
}
