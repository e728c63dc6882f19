package org.perk4j.adapter.prefix;

import java.util.List;
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
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Prefix tuning (Li, Liang 2021, arXiv 2101.00190): the attention of each layer also sees learned keys and values before the
 * text's own.
 */
@Component
@Provides(kind = "adapter", type = "prefix")
public final class Prefix implements AdapterType<PrefixOptions> {

    @Override
    public Class<PrefixOptions> options() {
        return PrefixOptions.class;
    }

    @Override
    public Adapter create(PrefixOptions options, Model model) {
        List<Heads> kinds = model.attention().stream().map(AttentionSpec::heads).distinct().toList();
        if (kinds.size() > 1) {
            throw new IllegalArgumentException("type: the layers of the model have different heads, " + kinds
                    + ": use another type of adapter");
        }
        Heads heads = kinds.get(0);
        int columns = 2 * heads.keyValueColumns();
        return new VirtualTokensAdapter(model, options.numVirtualTokens(), model.size().layers() * columns,
                options.standardDeviation(), rows -> new LayerByLayer(rows, columns),
                Map.of("peft_type", "PREFIX_TUNING", "prefix_projection", false,
                        "num_attention_heads", heads.keyValues(), "token_dim", heads.keyValueColumns()));
    }

    /**
     * The keys and values of all layers, one layer after another.
     *
     * @param columns the number of columns of one layer
     */
    private record LayerByLayer(Tensor rows, int columns) implements VirtualTokens.Attended {

        @Override
        public int count() {
            return rows.rows();
        }

        @Override
        public Tensor keysAndValues(Ops ops, int layer) {
            return ops.columns(rows, layer * columns, columns);
        }
    }

    /** PEFT saves a projection's output, so that doesn't matter here. */
    @Override
    public Optional<PrefixOptions> ofPeft(Map<String, Object> content) {
        PeftConfiguration configuration = new PeftConfiguration(content);
        if (!configuration.is("PREFIX_TUNING")) {
            return Optional.empty();
        }
        PrefixOptions options = new PrefixOptions(configuration.count("num_virtual_tokens", 0), 0.02);
        configuration.require("num_transformer_submodules", 1.0)
                .ignore("num_layers", "num_attention_heads", "token_dim", "prefix_projection", "encoder_hidden_size",
                        "init_weights")
                .requireNothingElse();
        return Optional.of(options);
    }
}
