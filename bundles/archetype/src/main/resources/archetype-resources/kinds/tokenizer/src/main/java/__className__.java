package ${package};

import java.nio.file.Path;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.plugin.Provides;

/**
 * What a model's {@code config.json} picks by {@code "perk4j_tokenizer": {"type": "${type}"}}, and a pretraining job by
 * {@code "tokenizerFormat": {"type": "${type}"}}. One instance for all who use it: it holds no state.
 */
@Component
@Provides(kind = "tokenizer", type = "${type}")
public final class ${className} implements TokenizerFormat<${className}Options> {

    @Override
    public Class<${className}Options> options() {
        return ${className}Options.class;
    }

    @Override
    public Tokenizer open(Path folder, ${className}Options options) {
        return new ${className}Tokenizer(options.pieces()); // one that reads files says in an IOException which is unsound
    }

    @Override
    public List<String> files() {
        return List.of(); // in the model's folder: here config.json has all there is to know
    }
}
