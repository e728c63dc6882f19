package org.perk4j.tokenizer.huggingface;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.FileFormatException;
import org.perk4j.plugin.NoOptions;
import org.perk4j.plugin.Provides;

/** Hugging Face's tokenizers. */
@Component
@Provides(kind = "tokenizer", type = "huggingface")
public final class HuggingFaceTokenizers implements TokenizerFormat<NoOptions> {

    private final Path folder;

    /** Creates the format outside a framework. */
    public HuggingFaceTokenizers() {
        this(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Called by Declarative Services. Uses the bundle's own folder for temporary files. */
    @Activate
    public HuggingFaceTokenizers(BundleContext context) {
        this(folder(context.getDataFile("")));
    }

    private HuggingFaceTokenizers(Path folder) {
        this.folder = folder;
    }

    private static Path folder(File data) {
        return data == null ? Path.of(System.getProperty("java.io.tmpdir")) : data.toPath();
    }

    @Override
    public Class<NoOptions> options() {
        return NoOptions.class;
    }

    @Override
    public List<String> files() {
        return List.of(TokenizerDefinition.FILE, ByteLevelFiles.VOCABULARY, ByteLevelFiles.MERGES, Settings.TOKENIZER,
                Settings.SPECIAL, Settings.ADDED, Settings.GENERATION, Settings.CHAT);
    }

    @Override
    public Tokenizer open(Path model, NoOptions options) throws IOException {
        TokenizerDefinition definition = TokenizerDefinition.read(model);
        NativeLibrary.load(folder);
        try {
            return new NativeTokenizer(definition);
        } catch (RuntimeException e) { // the native library's way of reporting invalid definitions
            throw new FileFormatException(definition.file(),
                    "not a valid tokenizer (" + e.getMessage().lines().findFirst().orElse("")
                    + "): copy the model's own file there");
        }
    }
}
