package org.perk4j.embedded;

import java.io.IOException;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.memory.Memory;

/**
 * A base model, to encode texts and to answer from memories. Thread-safe: answers for several threads are generated in one
 * batch, and encoding a text takes turns with them.
 */
@ProviderType
public interface Base extends AutoCloseable {

    /**
     * Encodes a text into a memory.
     *
     * @param text the text, of any length
     * @return the memory, which is on the heap and need not be closed
     * @throws NotTakenUpException      if the adapter could not encode the text, as it is unlike those of its training
     * @throws IllegalArgumentException if the text is blank
     * @throws IllegalStateException    if this was opened without an adapter and none is installed for it, or is closed
     * @throws IOException              if a file of the base or of an installed adapter can't be read
     */
    Memory encode(String text) throws IOException;

    /**
     * Answers a question from a memory with the likeliest tokens, so always in the same way.
     *
     * @throws IllegalArgumentException if the question is blank, or longer than the model reads
     * @throws IllegalStateException    if this is closed
     * @throws IOException              if the memory was encoded with another base
     */
    default String ask(Memory memory, String question) throws IOException {
        return answer(Query.of(memory, question)).text();
    }

    /** Like {@link #answer(Query, Predicate)}, but returns only when the answer is complete. */
    default Answer answer(Query query) throws IOException {
        return answer(query, piece -> true);
    }

    /**
     * Answers a question and streams the answer.
     *
     * @param pieces receives each piece, on the calling thread, and may be slow; returns whether to continue. The pieces
     *               together are the answer's text
     * @throws IllegalArgumentException if the question is blank, or longer than the model reads
     * @throws IllegalStateException    if this is closed
     * @throws IOException              if the memory was encoded with another base
     */
    Answer answer(Query query, Predicate<String> pieces) throws IOException;

    /** Frees the model, once the answers and encodings in progress are complete. */
    @Override
    void close();
}
