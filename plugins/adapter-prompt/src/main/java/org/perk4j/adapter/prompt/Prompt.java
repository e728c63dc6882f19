package org.perk4j.adapter.prompt;

import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.model.Model;
import org.perk4j.model.VirtualTokens;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.peft.VirtualTokensAdapter;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Prompt tuning (Lester et al. 2021, arXiv 2104.08691): learned embeddings before those of the text. P-tuning (Liu et al.
 * 2021, arXiv 2103.10385) differs only in training: PEFT saves the output of its encoder.
 */
@Component
@Provides(kind = "adapter", type = "prompt")
public final class Prompt implements AdapterType<PromptOptions> {

    @Override
    public Class<PromptOptions> options() {
        return PromptOptions.class;
    }

    @Override
    public Adapter create(PromptOptions options, Model model) {
        int width = model.size().width();
        int heads = model.attention().get(0).heads().queries();
        return new VirtualTokensAdapter(model, options.numVirtualTokens(), width, options.standardDeviation(),
                Embeddings::new, Map.of("peft_type", "PROMPT_TUNING", "prompt_tuning_init", "RANDOM",
                        "num_attention_heads", heads, "token_dim", width));
    }

    private record Embeddings(Tensor all) implements VirtualTokens.Embedded {

        @Override
        public int count() {
            return all.rows();
        }

        @Override
        public Tensor rows(Ops ops) {
            return all;
        }
    }

    /** Ignores the keys that only matter in training. */
    @Override
    public Optional<PromptOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("PROMPT_TUNING") && !configuration.is("P_TUNING")) {
            return Optional.empty();
        }
        PromptOptions options = new PromptOptions(configuration.count("num_virtual_tokens", 0), 0.02);
        configuration.require("num_transformer_submodules", 1.0)
                .ignore("num_layers", "num_attention_heads", "token_dim", "prompt_tuning_init", "prompt_tuning_init_text",
                        "tokenizer_name_or_path", "tokenizer_kwargs", "encoder_reparameterization_type",
                        "encoder_hidden_size", "encoder_num_layers", "encoder_dropout")
                .requireNothingElse();
        return Optional.of(options);
    }
}
