package org.perk4j.tokenizer.huggingface;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.tck.TokenizerContract;

/** Tokenizers of each kind that there is keep to the contract. */
class ContractTest {

    @Nested
    class Gpt2 extends Contract {
        Gpt2() {
            super("json", "<|endoftext|>");
        }
    }

    @Nested
    class TwoFiles extends Contract {
        TwoFiles() {
            super("vocab", "<|endoftext|>");
        }
    }

    @Nested
    class Smollm2 extends Contract {
        Smollm2() {
            super("smollm2", "<|im_start|>", "<|im_end|>", "<|endoftext|>");
        }
    }

    @Nested
    class Qwen2 extends Contract {
        Qwen2() {
            super("qwen2", "<|im_start|>", "<|im_end|>", "<|endoftext|>");
        }

        @Override
        protected String decoded(String text) {
            return Normalizer.normalize(text, Normalizer.Form.NFC);
        }
    }

    @Nested
    class Llama3 extends Contract {
        Llama3() {
            super("llama3", "<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>");
        }
    }

    @Nested
    class Llama2 extends Contract {
        Llama2() {
            super("llama2", "<s>", "</s>");
        }

        @Override
        protected String decoded(String text) {
            return text.replace('\u2581', ' '); // which is how spaces are written in its vocabulary
        }
    }

    private abstract static class Contract extends TokenizerContract {

        private final String form;
        private final List<String> specials;

        /** @param specials as {@code tokenizer.json} has them */
        Contract(String form, String... specials) {
            this.form = form;
            this.specials = List.of(specials);
        }

        @Override
        protected TokenizerFormat<?> format() {
            return new HuggingFaceTokenizers();
        }

        @Override
        protected Path folder() {
            return Path.of("src/test/resources/tokenizer", form);
        }

        @Override
        protected List<String> specials() {
            return specials;
        }
    }
}
