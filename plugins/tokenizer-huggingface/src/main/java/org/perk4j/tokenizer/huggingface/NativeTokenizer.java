package org.perk4j.tokenizer.huggingface;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.perk4j.data.ChatFormat;
import org.perk4j.data.Tokenizer;

/** A tokenizer of the native library. Immutable, so any number of threads may use it at once. */
final class NativeTokenizer implements Tokenizer {

    /** Frees the native part of a tokenizer that was not closed, once nothing refers to it. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final long handle;
    private final Cleaner.Cleanable deletion;
    private final TokenizerDefinition definition;
    /** Any number of threads use the native part at once, none while it is deleted or afterwards. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed;
    /** Knows the special tokens as well; made when it is first needed. */
    private NativeTokenizer withSpecial;

    /** @throws RuntimeException if the native library doesn't accept the definition */
    NativeTokenizer(TokenizerDefinition definition) {
        this(definition, TokenizersLibrary.LIB::deleteTokenizer);
    }

    NativeTokenizer(TokenizerDefinition definition, LongConsumer delete) {
        this.definition = definition;
        handle = TokenizersLibrary.LIB.createTokenizerFromString(definition.json());
        deletion = CLEANER.register(this, new Deletion(handle, delete));
    }

    @Override
    public int[] encode(String text) {
        return pieces().of(text).stream().flatMapToInt(piece -> IntStream.of(encodeAtOnce(piece))).toArray();
    }

    @Override
    public int[] encodeWithSpecial(String text) {
        return withSpecial().encode(text);
    }

    private synchronized NativeTokenizer withSpecial() {
        if (withSpecial == null) {
            withSpecial = used(() -> new NativeTokenizer(definition.withSpecial()));
        }
        return withSpecial;
    }

    @Override
    public Set<String> special() {
        return definition.chat().special();
    }

    @Override
    public Optional<ChatFormat> chatFormat() {
        return definition.chat().format();
    }

    /** @return how long texts are handed over */
    Pieces pieces() {
        return definition.pieces();
    }

    /** @return the tokens of a text that is passed to the native library as a whole */
    int[] encodeAtOnce(String text) {
        return used(() -> {
            long encoding = TokenizersLibrary.LIB.encode(handle, text, false);
            try {
                return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding)).mapToInt(Math::toIntExact).toArray();
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        });
    }

    @Override
    public String decode(int... tokens) {
        long[] ofText = IntStream.of(tokens).filter(token -> !definition.special().contains(token)).asLongStream().toArray();
        return used(() -> TokenizersLibrary.LIB.decode(handle, ofText, true));
    }

    /** @throws IllegalStateException if this is closed: the native library would read freed memory */
    private <T> T used(Supplier<T> work) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("this tokenizer is closed");
            }
            return work.get();
        } finally {
            use.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            closed = true;
            deletion.clean();
        } finally {
            use.writeLock().unlock();
        }
        closeWithSpecial();
    }

    private synchronized void closeWithSpecial() {
        if (withSpecial != null) {
            withSpecial.close();
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

    private record Deletion(long handle, LongConsumer delete) implements Runnable {

        @Override
        public void run() {
            delete.accept(handle);
        }
    }
}
