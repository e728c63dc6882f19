package org.perk4j.tck;

import java.nio.file.Path;
import java.util.List;
import org.perk4j.data.TokenizerFormat;

/** The simplest tokenizer passes. */
class ByteTokenizerTest extends TokenizerContract {

    @Override
    protected TokenizerFormat<?> format() {
        return new AnyFolder(ByteTokenizer::new);
    }

    @Override
    protected Path folder() {
        return Path.of("anywhere");
    }

    @Override
    protected List<String> specials() {
        return List.of("<|endoftext|>");
    }
}
