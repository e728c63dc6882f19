package org.perk4j.tck;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.plugin.NoOptions;

/**
 * A format of tokenizers that needs no files.
 *
 * @param tokenizers gives one for each folder that is opened
 */
public record AnyFolder(Supplier<Tokenizer> tokenizers) implements TokenizerFormat<NoOptions> {

    @Override
    public Class<NoOptions> options() {
        return NoOptions.class;
    }

    @Override
    public Tokenizer open(Path folder, NoOptions options) {
        return tokenizers.get();
    }

    @Override
    public List<String> files() {
        return List.of();
    }
}
