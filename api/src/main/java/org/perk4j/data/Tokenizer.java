package org.perk4j.data;

import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Converts text to tokens and back. Thread-safe.
 *
 * <p>Text never becomes a special token: the spelling of one, such as {@code <|im_end|>}, is encoded like any other
 * characters. So no text can end itself, or pass for a turn of a conversation. To put a special token into a sequence,
 * insert it as a token, such as {@link #endOfText()}.
 *
 * <p>Whoever opened a tokenizer closes it. After that, encoding and decoding may throw {@link IllegalStateException}.
 */
@ConsumerType
public interface Tokenizer extends AutoCloseable {

    /** @return the tokens of {@code text}, no special tokens among them */
    int[] encode(String text);

    /**
     * Like {@link #encode}, but what a special token is written as becomes that token. For texts that this program and the
     * model's files made up: whoever could choose such a text could let it end, or pass for somebody else.
     */
    default int[] encodeWithSpecial(String text) {
        return encode(text);
    }

    /** @return how all special tokens are written that {@link #encodeWithSpecial} finds */
    default Set<String> special() {
        return Set.of();
    }

    /** @return how conversations are written for the model, if its files say so */
    default Optional<ChatFormat> chatFormat() {
        return Optional.empty();
    }

    /** @return the text of {@code tokens}, without special tokens and without numbers that aren't tokens */
    String decode(int... tokens);

    /** @return the size of the vocabulary; every token is less than this */
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
     * Frees memory outside the heap, which the garbage collector doesn't know about. Idempotent.
     */
    @Override
    default void close() {
    }
}
