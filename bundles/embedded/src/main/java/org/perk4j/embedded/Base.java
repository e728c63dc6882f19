package org.perk4j.embedded;

import java.io.IOException;
import java.util.function.Predicate;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.memory.Memory;

/**
 * A base model that texts are written into memories with and that answers from them. Thread-safe: answers that several
 * threads wait for are written together, and a text that is encoded meanwhile takes turns with them.
 */
@ProviderType
public interface Base extends AutoCloseable {

    /**
     * Writes a text into a memory.
     *
     * @param text of any length
     * @return the memory, which is on the heap: there is nothing to close
     * @throws NotTakenUpException      if the text is none that the adapter has learned to take up
     * @throws IllegalArgumentException if the text is blank
     * @throws IllegalStateException    if this was opened without an adapter, or is closed
     * @throws IOException              if a file of the base's can't be read
     */
    Memory encode(String text) throws IOException;

    /**
     * Answers a question from a memory: the likeliest answer, always the same.
     *
     * @throws IllegalArgumentException if the question is blank, or longer than the model reads
     * @throws IllegalStateException    if this is closed
     * @throws IOException              if the memory was written with another base
     */
    default String ask(Memory memory, String question) throws IOException {
        return answer(Query.of(memory, question)).text();
    }

    /** Like {@link #answer(Query, Predicate)}, for who waits for the whole answer. */
    default Answer answer(Query query) throws IOException {
        return answer(query, piece -> true);
    }

    /**
     * Answers a question, read as the answer grows.
     *
     * @param pieces told each piece by the calling thread, however slow; returns whether to write on. Together they are the
     *               answer's text
     * @throws IllegalArgumentException if the question is blank, or longer than the model reads
     * @throws IllegalStateException    if this is closed
     * @throws IOException              if the memory was written with another base
     */
    Answer answer(Query query, Predicate<String> pieces) throws IOException;

    /** Gives back the model, once the answers and the encodings that were begun are done. */
    @Override
    void close();
}
