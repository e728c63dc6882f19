package org.perk4j.tokenizer.huggingface;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.perk4j.data.Tokenizer;

/** A tokenizer of the native library. It never changes, so any number of threads may use it at once. */
final class NativeTokenizer implements Tokenizer {

    /** Tokenizers have no end of their own: the native part goes when nothing refers to the tokenizer any more. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final long handle;
    private final int vocabulary;
    private final int endOfText;

    /** @throws RuntimeException if the native library doesn't accept the definition */
    NativeTokenizer(TokenizerDefinition definition) {
        handle = TokenizersLibrary.LIB.createTokenizerFromString(definition.json());
        CLEANER.register(this, new Deletion(handle));
        // a file may ask for texts to be cut to a length, or filled up to one
        TokenizersLibrary.LIB.disableTruncation(handle);
        TokenizersLibrary.LIB.disablePadding(handle);
        vocabulary = definition.vocabulary();
        endOfText = definition.endOfText();
    }

    @Override
    public int[] encode(String text) {
        try {
            long encoding = TokenizersLibrary.LIB.encode(handle, text, false);
            try {
                return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding)).mapToInt(Math::toIntExact).toArray();
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public String decode(int... tokens) {
        try {
            return TokenizersLibrary.LIB.decode(handle, Arrays.stream(tokens).asLongStream().toArray(), true);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public int endOfText() {
        return endOfText;
    }

    private record Deletion(long handle) implements Runnable {

        @Override
        public void run() {
            TokenizersLibrary.LIB.deleteTokenizer(handle);
        }
    }
}
