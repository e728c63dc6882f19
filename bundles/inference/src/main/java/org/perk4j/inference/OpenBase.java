package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;

/**
 * A base model that texts are encoded with and that answers from memories. Thread-safe: one call computes at a time, in the
 * order in which they came. What it gives out is closed in any order, by any thread, at the latest with this.
 */
public final class OpenBase implements AutoCloseable {

    private final MemoryModel model;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Recollection nothing;

    OpenBase(MemoryModel model) {
        this.model = model;
        this.nothing = new Recollection(model.compute().owner(), Adaptation.NONE);
    }

    /** Computes. */
    @FunctionalInterface
    private interface Work<T, E extends Exception> {
        T done() throws E;
    }

    private <T, E extends Exception> T inTurn(Work<T, E> work) throws E {
        turn.lock();
        try {
            return work.done();
        } finally {
            turn.unlock();
        }
    }

    /** Makes what lives on until its owner is closed. */
    @FunctionalInterface
    private interface Making<T, E extends Exception> {
        T made(Owner owner) throws E;
    }

    private <T, E extends Exception> T making(Making<T, E> making) throws E {
        return inTurn(() -> {
            Owner owner = model.compute().owner();
            boolean made = false;
            try (Scope scope = owner.scope()) {
                T result = making.made(owner);
                made = true;
                return result;
            } finally {
                if (!made) {
                    owner.close();
                }
            }
        });
    }

    private void close(Owner owner) {
        inTurn(() -> {
            owner.close();
            return null;
        });
    }

    /** @return the base model */
    public BaseModel base() {
        return model.base();
    }

    /**
     * Makes a trained adapter ready to encode.
     *
     * @throws IOException if the adapter was trained with another base, or its files are unsound
     */
    public Writer writer(TrainedAdapter trained) throws IOException {
        return making(owner -> new Writer(owner, model.writer(trained)));
    }

    /**
     * Makes a memory ready to be asked.
     *
     * @throws IOException        if this base can't read it, saying why
     * @throws NotFiniteException if it holds what is not a number
     */
    public Recollection recall(Memory memory) throws IOException {
        return making(owner -> new Recollection(owner, model.recall(memory)));
    }

    /**
     * Makes several memories ready to be asked at once, as one.
     *
     * @param memories at least one, of any types
     * @throws IOException              if this base can't read one of them, saying why
     * @throws NotFiniteException       if one holds what is not a number
     * @throws IllegalArgumentException saying why, if they can't be added up
     */
    public Recollection recall(List<MemoryModel.Weighted> memories) throws IOException {
        return making(owner -> new Recollection(owner, model.recall(memories)));
    }

    /**
     * Merges a memory into weights of its own, with which the base answers as fast as by itself. They take the memory of
     * those weights of the base that change; the base keeps its own, so that closing what is returned unmerges exactly.
     *
     * @param memory may be closed before what is returned
     * @throws IllegalArgumentException saying why, if no weights of the base's model do what it does
     */
    public Recollection merge(Recollection memory) {
        return making(owner -> new Recollection(owner, model.merge(memory.adaptation)));
    }

    /**
     * Writes the base with a memory merged into its weights as a model of its own, in Hugging Face's layout: as a whole or
     * not at all.
     *
     * @param folder that isn't there yet, or is empty
     * @return the names of the weights that are not the base's
     * @throws IOException              naming the place and what kept it from being written
     * @throws IllegalArgumentException as for {@link #merge}
     */
    public List<String> writeMerged(Recollection memory, Path folder) throws IOException {
        return inTurn(() -> {
            try (Scope scope = model.compute().scope()) {
                Parameters changed = model.merge(memory.adaptation).changed();
                MergedModel.write(model.base(), model.compute(), changed, folder);
                return changed.names();
            }
        });
    }

    /** @return what the base knows by itself; there is nothing to close */
    public Recollection nothing() {
        return nothing;
    }

    /** @return what the model writes after the prompt */
    public String answer(Recollection memory, int[] prompt, Decoding decoding) {
        return answers(List.of(new Query(memory, prompt)), decoding).get(0);
    }

    /**
     * @return what the model writes after each prompt, without special tokens; the base's weights are read for all together
     */
    public List<String> answers(List<Query> queries, Decoding decoding) {
        return inTurn(() -> model.complete(queries.stream().map(Query::prompt).toList(),
                queries.stream().map(query -> query.memory().adaptation).toList(), decoding));
    }

    /** @return the bytes that tensors hold, the base's included, and the most that they held at once since it was opened */
    public MemoryUsage memory() {
        return inTurn(() -> model.compute().memory());
    }

    /** Gives back everything. No call may be under way. */
    @Override
    public void close() {
        inTurn(() -> {
            model.close();
            return null;
        });
    }

    /**
     * A prompt, and from which memory it is answered.
     *
     * @param memory of the same base
     * @param prompt such as {@link BaseModel#question} gives
     */
    public record Query(Recollection memory, int[] prompt) {
    }

    /** A memory that is ready to be asked, until it is closed. Thread-safe. */
    public final class Recollection implements AutoCloseable {

        private final Owner owner;
        private final Adaptation adaptation;

        private Recollection(Owner owner, Adaptation adaptation) {
            this.owner = owner;
            this.adaptation = adaptation;
        }

        @Override
        public void close() {
            OpenBase.this.close(owner);
        }
    }

    /**
     * A context that was encoded.
     *
     * @param encoding     how it went
     * @param recollection to be asked, and closed
     */
    public record Written(Encoding encoding, Recollection recollection) {
    }

    /** Writes texts into memories, the way that was learned, until it is closed. Thread-safe. */
    public final class Writer implements AutoCloseable {

        private final Owner owner;
        private final MemoryModel.Writer writer;

        private Writer(Owner owner, MemoryModel.Writer writer) {
            this.owner = owner;
            this.writer = writer;
        }

        /**
         * Encodes a text.
         *
         * @param source   the file that it is from, or a description
         * @param encoder  cuts it into segments
         * @param progress told how many passes over segments are done, and how many there are in all; called in turn
         * @return the memory, well written or not; the encoding's tensors are given back already
         */
        public MemoryModel.Remembered remember(String text, String source, EpisodeEncoder encoder,
                                               MemoryModel.Progress progress) throws IOException {
            return inTurn(() -> {
                try (Scope scope = model.compute().scope()) {
                    return writer.remember(text, source, encoder, progress);
                }
            });
        }

        /**
         * Encodes documents, to ask about them and not to keep them.
         *
         * @throws NotFiniteException naming the step and the remedy, if a loss is not finite
         */
        public Written write(List<EncodedText> documents) {
            return making(written -> {
                Encoding encoding = writer.encode(documents, passes -> { });
                return new Written(encoding, new Recollection(written, writer.adaptation(encoding)));
            });
        }

        @Override
        public void close() {
            OpenBase.this.close(owner);
        }
    }
}
