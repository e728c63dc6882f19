package org.perk4j.tokenizer.huggingface;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.data.Tokenizer;

/** A tokenizer of the native library. It never changes, so any number of threads may use it at once. */
final class NativeTokenizer implements Tokenizer {

    /** Tokenizers have no end of their own: the native part goes when nothing refers to the tokenizer any more. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final long handle;
    private final TokenizerDefinition definition;

    /** @throws RuntimeException if the native library doesn't accept the definition */
    NativeTokenizer(TokenizerDefinition definition) {
        this.definition = definition;
        handle = TokenizersLibrary.LIB.createTokenizerFromString(definition.json());
        CLEANER.register(this, new Deletion(handle));
    }

    @Override
    public int[] encode(String text) {
        return pieces().of(text).stream().flatMapToInt(piece -> IntStream.of(encodeAtOnce(piece))).toArray();
    }

    /** @return how long texts are handed over */
    Pieces pieces() {
        return definition.pieces();
    }

    /** @return the tokens of a text that the native library gets whole */
    int[] encodeAtOnce(String text) {
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
        long[] ofText = IntStream.of(tokens).filter(token -> !definition.special().contains(token)).asLongStream().toArray();
        try {
            return TokenizersLibrary.LIB.decode(handle, ofText, true);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int vocabulary() {
        return definition.vocabulary();
    }

    @Override
    public int[] beginOfText() {
        return definition.begin().clone();
    }

    @Override
    public int endOfText() {
        return definition.endOfText();
    }

    @Override
    public Set<Integer> endsOfAnswer() {
        return definition.ends();
    }

    private record Deletion(long handle) implements Runnable {

        @Override
        public void run() {
            TokenizersLibrary.LIB.deleteTokenizer(handle);
        }
    }
}
