package org.perk4j.data;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Text to tokens and back. Thread-safe.
 *
 * <p>Text is text: where it holds what a special token is written as, such as {@code <|im_end|>}, it is encoded like any
 * other characters, never as that token. So no text can end itself, or pass for a turn of a conversation. Who wants a
 * special token in a sequence puts it there, as {@link #endOfText()}.
 *
 * <p>Whoever opened it closes it. Then encoding and decoding throw {@link IllegalStateException}, unless nothing needed
 * closing.
 */
@ConsumerType
public interface Tokenizer extends AutoCloseable {

    /** @return the tokens of {@code text}, no special tokens among them */
    int[] encode(String text);

    /** @return the text of {@code tokens}; special tokens, and numbers that are no tokens, left out */
    String decode(int... tokens);

    /** @return the number of tokens it knows; every token is below it */
    int vocabulary();

    /** @return the tokens that the model expects at the beginning of every sequence; none for most models */
    default int[] beginOfText() {
        return new int[0];
    }

    /** @return the token that ends a text */
    int endOfText();

    /** @return the tokens at which a model's answer ends: {@link #endOfText()}, and others if its files name any */
    default Set<Integer> endsOfAnswer() {
        return Set.of(endOfText());
    }

    /**
     * Gives back what is held outside the heap, of which the garbage collector knows nothing. Does nothing the second time.
     */
    @Override
    default void close() {
    }
}
