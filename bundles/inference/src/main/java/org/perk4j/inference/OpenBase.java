package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;

/**
 * A base model that texts are encoded with and that answers from memories. Thread-safe. Answers that several threads wait
 * for are written together, whatever their memories: each step reads the base's weights once for all of them. A text that
 * is encoded meanwhile takes turns with these steps; one text is encoded at a time. What this gives out is closed in any
 * order, by any thread, at the latest with this.
 */
public final class OpenBase implements AutoCloseable {

    private final MemoryModel model;
    /** Whose turn it is to compute. Fair, so that a long encoding and many answers don't keep each other waiting. */
    private final ReentrantLock turn = new ReentrantLock(true);
    private final ReentrantLock encoding = new ReentrantLock(true);
    private DecodeBatch batch;
    /** What was given out and isn't closed yet. */
    private final Set<Leases> given = ConcurrentHashMap.newKeySet();
    private final Recollection nothing;

    OpenBase(MemoryModel model) {
        this.model = model;
        this.batch = batch();
        this.nothing = new Recollection(new Leases(), Adaptation.NONE);
    }

    private DecodeBatch batch() {
        BaseModel base = model.base();
        return new DecodeBatch(model.compute(), base.model(), model.weights(), base.tokenizer().endsOfAnswer());
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

    /** Takes plugins into use. */
    @FunctionalInterface
    private interface Leasing<P, E extends Exception> {
        P leased(Leases held) throws E;
    }

    /** Makes of plugins what lives on until {@code held} is closed: their leases, and the tensors that are made. */
    @FunctionalInterface
    private interface Making<P, T, E extends Exception> {
        T made(P plugins, Leases held) throws E;
    }

    /** @param leasing is done while others compute: a plugin that is being replaced is waited for */
    private <P, T, E extends Exception> T making(Leasing<P, E> leasing, Making<P, T, E> making) throws E {
        Leases held = new Leases();
        boolean made = false;
        try {
            P plugins = leasing.leased(held);
            T result = inTurn(() -> {
                try (Scope scope = held.add(model.compute().owner()).scope()) {
                    return making.made(plugins, held);
                }
            });
            made = true;
            return result;
        } finally {
            if (made) {
                given.add(held);
            } else {
                close(held);
            }
        }
    }

    private void close(Leases held) {
        given.remove(held);
        inTurn(() -> {
            held.close();
            return null;
        });
    }

    /** Lets those who wait compute while the caller, whose turn it is, does something else. */
    private void meanwhile(Runnable work) {
        turn.unlock();
        try {
            work.run();
        } finally {
            turn.lock();
        }
    }

    /** Encodes while no other thread does: the scopes of two encodings that take turns couldn't be nested. */
    private <T, E extends Exception> T encoding(Work<T, E> work) throws E {
        encoding.lock();
        try {
            return work.done();
        } finally {
            encoding.unlock();
        }
    }

    /**
     * @return whether the plugins of model, tokenizer and backend are those that the base would be opened with now; if not,
     *         it goes on with those that it has until it is closed
     */
    public boolean isCurrent() {
        return model.isCurrent();
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
        return making(held -> model.parts(trained, held),
                (parts, held) -> new Writer(held, model.writer(trained, parts, held)));
    }

    /**
     * Makes a memory ready to be asked.
     *
     * @throws IOException        if this base can't read it, saying why
     * @throws NotFiniteException if it holds what is not a number
     */
    public Recollection recall(Memory memory) throws IOException {
        return recall(List.of(new MemoryModel.Weighted(memory, 1)));
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
        return making(held -> model.adaptersOf(memories, held),
                (adapters, held) -> new Recollection(held, model.recall(memories, adapters)));
    }

    /**
     * Merges a memory into weights of its own, with which the base answers as fast as by itself. They take the memory of
     * those weights of the base that change; the base keeps its own, so that closing what is returned unmerges exactly.
     *
     * @param memory may be closed before what is returned
     * @throws IllegalArgumentException saying why, if no weights of the base's model do what it does
     */
    public Recollection merge(Recollection memory) {
        return making(held -> memory, (read, held) -> new Recollection(held, model.merge(read.adaptation)));
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

    /** @return what the model writes after each prompt, without special tokens */
    public List<String> answers(List<Query> queries, Decoding decoding) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(queries, decoding));
            return writings.sequences.stream().map(sequence -> text(grown(sequence, Integer.MAX_VALUE).tokens())).toList();
        }
    }

    /**
     * Writes an answer that somebody reads as it grows.
     *
     * @param reader called by the calling thread; however slow, it keeps nobody else waiting
     * @return the answer and how it ended
     * @throws NotFiniteException if no token could be chosen
     */
    public Answer answer(Query query, Decoding decoding, Reader reader) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(List.of(query), decoding));
            Sequence sequence = writings.sequences.get(0);
            Grown grown = grown(sequence, 0);
            boolean read = reader.goesOn(text(grown.tokens()));
            while (grown.open() && read) {
                grown = grown(sequence, grown.tokens().length);
                read = reader.goesOn(text(grown.tokens()));
            }
            Answer.End end = !read ? Answer.End.STOPPED : grown.complete() ? Answer.End.COMPLETE : Answer.End.LIMIT;
            return new Answer(text(grown.tokens()), query.prompt().length, grown.tokens().length, end);
        }
    }

    private String text(int[] tokens) {
        return model.base().tokenizer().decode(tokens);
    }

    /** How far an answer is. */
    private record Grown(int[] tokens, boolean open, boolean complete) {
    }

    /** Takes steps, for all who wait, until an answer has more tokens than are known, or has ended. */
    private Grown grown(Sequence sequence, int known) {
        Optional<Grown> grown;
        do {
            grown = inTurn(() -> {
                int[] tokens = sequence.written();
                if (sequence.isOpen() && tokens.length <= known) {
                    batch.step();
                    return Optional.empty();
                }
                return Optional.of(new Grown(tokens, sequence.isOpen(), sequence.isComplete()));
            });
        } while (grown.isEmpty());
        return grown.get();
    }

    /** Answers that are being written, and keep their memories from being given back. */
    private final class Writings implements AutoCloseable {

        private final List<Sequence> sequences = new ArrayList<>();
        private final List<Recollection> memories = new ArrayList<>();

        private Writings begin(List<Query> queries, Decoding decoding) {
            for (Query query : queries) {
                query.memory().use();
                memories.add(query.memory());
                sequences.add(batch.join(query.prompt(), query.memory().adaptation, decoding, sequences.size()));
            }
            return this;
        }

        @Override
        public void close() {
            inTurn(() -> {
                sequences.forEach(batch::leave);
                memories.forEach(Recollection::used);
                return null;
            });
        }
    }

    /**
     * Frees what is kept of prompts and answers, so that others that begin alike needn't be read from their beginnings; or
     * nothing, if an answer is being written.
     */
    public void forget() {
        inTurn(() -> {
            if (batch.isIdle()) {
                batch.close();
                batch = batch();
            }
            return null;
        });
    }

    /** @return the bytes that tensors hold, the base's included, and the most that they held at once since it was opened */
    public MemoryUsage memory() {
        return inTurn(() -> model.compute().memory());
    }

    /** Gives back everything. No call may be under way. */
    @Override
    public void close() {
        inTurn(() -> {
            batch.close();
            List.copyOf(given).forEach(this::close);
            model.close();
            return null;
        });
    }

    /** Reads an answer as it grows. */
    @ConsumerType
    @FunctionalInterface
    public interface Reader {

        /**
         * @param text what is written so far, which may end in the midst of a character: in U+FFFD
         * @return whether to write on
         */
        boolean goesOn(String text);
    }

    /**
     * What was written.
     *
     * @param text   without special tokens
     * @param prompt tokens of the prompt
     * @param tokens that were written, the one that ends an answer excepted
     * @param end    why there are no more
     */
    public record Answer(String text, int prompt, int tokens, End end) {

        /** Why an answer ended. */
        public enum End {
            /** The model ended it. */
            COMPLETE,
            /** It has as many tokens as were asked for, or as the model can read. */
            LIMIT,
            /** Its reader wanted no more. */
            STOPPED
        }
    }

    /**
     * A prompt, and from which memory it is answered.
     *
     * @param memory of the same base
     * @param prompt such as {@link BaseModel#question} gives
     */
    public record Query(Recollection memory, int[] prompt) {
    }

    /** A memory that is ready to be asked, until it is closed; answers that were begun go on to their ends. Thread-safe. */
    public final class Recollection implements AutoCloseable {

        private final Leases held;
        private final Adaptation adaptation;
        private int uses;
        private boolean closed;

        private Recollection(Leases held, Adaptation adaptation) {
            this.held = held;
            this.adaptation = adaptation;
        }

        private void use() {
            if (closed) {
                throw new IllegalStateException("this memory is closed");
            }
            uses++;
        }

        private void used() {
            uses--;
            giveBack();
        }

        private void giveBack() {
            if (closed && uses == 0) {
                batch.forget(adaptation);
                OpenBase.this.close(held);
            }
        }

        /**
         * @return whether the plugins of its adapters are those that the memory would be read with now; if not, it goes on
         *         with those that it has until it is closed
         */
        public boolean isCurrent() {
            return held.areCurrent();
        }

        @Override
        public void close() {
            if (this == nothing) {
                return; // what the base knows by itself stays
            }
            inTurn(() -> {
                closed = true;
                giveBack();
                return null;
            });
        }
    }

    /**
     * A context that was encoded.
     *
     * @param encoding     how it went
     * @param recollection to be asked, and closed before the writer is
     */
    public record Written(Encoding encoding, Recollection recollection) {
    }

    /** Writes texts into memories, the way that was learned, until it is closed. Thread-safe. */
    public final class Writer implements AutoCloseable {

        private final Leases held;
        private final MemoryModel.Writer writer;

        private Writer(Leases held, MemoryModel.Writer writer) {
            this.held = held;
            this.writer = writer;
        }

        /**
         * @return whether the plugins that it encodes with are those that it would be made with now; if not, it goes on with
         *         those that it has until it is closed
         */
        public boolean isCurrent() {
            return held.areCurrent();
        }

        /**
         * Encodes a text.
         *
         * @param source   the file that it is from, or a description
         * @param encoder  cuts it into segments
         * @param progress told how many passes over segments are done, and how many there are in all, while others compute
         * @return the memory, well written or not; the encoding's tensors are given back already
         */
        public MemoryModel.Remembered remember(String text, String source, EpisodeEncoder encoder,
                                               MemoryModel.Progress progress) throws IOException {
            return encoding(() -> inTurn(() -> {
                try (Scope scope = model.compute().scope()) {
                    return writer.remember(text, source, encoder,
                            (passes, total) -> meanwhile(() -> progress.at(passes, total)));
                }
            }));
        }

        /**
         * Encodes documents, to ask about them and not to keep them.
         *
         * @throws NotFiniteException naming the step and the remedy, if a loss is not finite
         */
        public Written write(List<EncodedText> documents) {
            return encoding(() -> making(held -> writer, (used, held) -> {
                Encoding encoding = used.encode(documents, passes -> meanwhile(() -> { }));
                return new Written(encoding, new Recollection(held, used.adaptation(encoding)));
            }));
        }

        @Override
        public void close() {
            OpenBase.this.close(held);
        }
    }
}
