package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.memory.Memory;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;

/**
 * A base model, to encode texts and to answer from memories. Thread-safe. Answers for several threads are generated in one
 * batch, whatever their memories: each step reads the base's weights once for all of them. Encoding a text takes turns with
 * these steps; one text is encoded at a time. The objects that this returns may be closed in any order and by any thread;
 * closing this closes the rest.
 */
public final class OpenBase implements AutoCloseable {

    private static final long USUAL_CACHE_BYTES = 1L << 30;

    private final MemoryModel model;
    /** Held while computing. Fair, so that a long encoding and many answers don't starve each other. */
    private final ReentrantLock turn = new ReentrantLock(true);
    private final ReentrantLock encoding = new ReentrantLock(true);
    private long mostCacheBytes = USUAL_CACHE_BYTES;
    private DecodeBatch batch;
    /** The leases of what was returned and isn't closed yet. */
    private final Set<Leases> given = ConcurrentHashMap.newKeySet();
    private final Recollection nothing;

    OpenBase(MemoryModel model) {
        this.model = model;
        this.batch = batch();
        this.nothing = new Recollection(new Leases(), Adaptation.NONE);
    }

    private DecodeBatch batch() {
        BaseModel base = model.base();
        DecodeBatch made =
                new DecodeBatch(model.compute(), base.model(), model.weights(), base.tokenizer().endsOfAnswer());
        made.limitCaches(mostCacheBytes);
        return made;
    }

    /** A computation on the base. */
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

    /** Leases plugins. */
    @FunctionalInterface
    private interface Leasing<P, E extends Exception> {
        P leased(Leases held) throws E;
    }

    /** Makes a result whose leases and tensors live until {@code held} is closed. */
    @FunctionalInterface
    private interface Making<P, T, E extends Exception> {
        T made(P plugins, Leases held) throws E;
    }

    /** @param leasing runs while others compute, since it may wait for a plugin that is being replaced */
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

    /** Lets waiting threads compute while the caller, which holds the lock, does something else. */
    private void meanwhile(Runnable work) {
        turn.unlock();
        try {
            work.run();
        } finally {
            turn.lock();
        }
    }

    /** Encodes while no other thread does: the scopes of two interleaved encodings couldn't be nested. */
    private <T, E extends Exception> T encoding(Work<T, E> work) throws E {
        encoding.lock();
        try {
            return work.done();
        } finally {
            encoding.unlock();
        }
    }

    /**
     * @return whether the base would be opened with the same plugins for model, tokenizer and backend now; if not, it
     *         continues with those that it has until it is closed
     */
    public boolean isCurrent() {
        return model.isCurrent();
    }

    /** @return the base model */
    public BaseModel base() {
        return model.base();
    }

    /**
     * Loads a trained adapter, to encode with it.
     *
     * @throws IOException if the adapter was trained with another base, or its files are invalid
     */
    public Writer writer(TrainedAdapter trained) throws IOException {
        return making(held -> model.parts(trained, held),
                (parts, held) -> new Writer(held, model.writer(trained, parts, held)));
    }

    /**
     * Makes a writer with which nothing was learned: it begins with the initial values of its adapter.
     *
     * @param manifest what adapter it writes into, in which way, and how it cuts texts
     * @param seed     of the initial values
     * @throws IllegalArgumentException naming the key, if a plugin is not installed or an option is wrong
     */
    public Writer untrained(TrainedAdapter.Manifest manifest, long seed) throws IOException {
        return making(held -> model.parts(manifest.recipe(), held),
                (parts, held) -> new Writer(held, model.untrained(manifest, parts, held, seed)));
    }

    /**
     * Loads a memory, to ask it.
     *
     * @throws IOException        with the reason, if this base can't read it
     * @throws NotFiniteException if it holds values that are infinite or NaN
     */
    public Recollection recall(Memory memory) throws IOException {
        return recall(List.of(new MemoryModel.Weighted(memory, 1)));
    }

    /**
     * Loads several memories, to ask them as one.
     *
     * @param memories at least one, of any types
     * @throws IOException              with the reason, if this base can't read one of them
     * @throws NotFiniteException       if one of them holds values that are infinite or NaN
     * @throws IllegalArgumentException with the reason, if they can't be added up
     */
    public Recollection recall(List<MemoryModel.Weighted> memories) throws IOException {
        return making(held -> model.adaptersOf(memories, held),
                (adapters, held) -> new Recollection(held, model.recall(memories, adapters)));
    }

    /**
     * Merges a memory into a copy of the weights that it changes, with which answers cost no more than the base's own. The
     * base's weights are not modified; closing the result frees the copy, and so unmerges exactly.
     *
     * @param memory may be closed before the result is
     * @throws IllegalArgumentException with the reason, if the memory's effect can't be expressed by weights of the model
     */
    public Recollection merge(Recollection memory) {
        return making(held -> memory, (read, held) -> new Recollection(held, model.merge(read.adaptation)));
    }

    /**
     * Merges a memory into the base's weights and writes the result as a model in Hugging Face's layout, atomically.
     *
     * @param folder a new or empty folder
     * @return the names of the weights that differ from the base's
     * @throws IOException              naming the place and the reason, if it can't be written
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

    /** @return an empty memory, to ask the base alone; it need not be closed */
    public Recollection nothing() {
        return nothing;
    }

    /** @return the answer to the prompt, without special tokens */
    public String answer(Recollection memory, int[] prompt, Decoding decoding) {
        return answers(List.of(new Query(memory, prompt)), decoding).get(0);
    }

    /** @return the answer to each query, without special tokens */
    public List<String> answers(List<Query> queries, Decoding decoding) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(queries, decoding));
            return writings.sequences.stream().map(sequence -> text(ended(sequence, () -> { }).tokens())).toList();
        }
    }

    /**
     * Reads texts, and tells how well their tokens were predicted.
     *
     * @param texts none longer than the model reads, with at least one token to predict
     * @return the mean negative log-likelihood of their tokens, in nats
     */
    public double loss(Recollection memory, List<EncodedText> texts) {
        return inTurn(() -> model.loss(memory.adaptation, texts));
    }

    /**
     * Generates the answer to each query, with its length and probability.
     *
     * @param between run after each step, on the calling thread; what it throws ends the answers, and is thrown
     */
    public List<Answer> answersInFull(List<Query> queries, Decoding decoding, Runnable between) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(queries, decoding).keepProbabilities());
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < queries.size(); i++) {
                answers.add(answer(queries.get(i), ended(writings.sequences.get(i), between), true));
            }
            return answers;
        }
    }

    /**
     * Generates an answer and streams it to a reader.
     *
     * @param reader called on the calling thread; a slow reader delays no other answer. What it throws ends the answer, and
     *               is thrown
     * @return the answer and why it ended; its probability is 0, as none is computed
     * @throws NotFiniteException if no token could be chosen
     */
    public Answer answer(Query query, Decoding decoding, Reader reader) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(List.of(query), decoding));
            return read(query, writings.sequences.get(0), reader);
        }
    }

    /** Like {@link #answer(Query, Decoding, Reader)}, with the answer's probability. */
    public Answer answerInFull(Query query, Decoding decoding, Reader reader) {
        try (Writings writings = new Writings()) {
            inTurn(() -> writings.begin(List.of(query), decoding).keepProbabilities());
            return read(query, writings.sequences.get(0), reader);
        }
    }

    private Answer read(Query query, Sequence sequence, Reader reader) {
        Grown grown;
        boolean read;
        int known = 0;
        do {
            grown = grown(sequence, known);
            known = grown.tokens().length;
            read = reader.goesOn(text(grown.tokens()));
        } while (grown.open() && read);
        return answer(query, grown, read);
    }

    private Answer answer(Query query, Grown grown, boolean read) {
        Answer.End end = !read ? Answer.End.STOPPED : grown.complete() ? Answer.End.COMPLETE : Answer.End.LIMIT;
        return new Answer(text(grown.tokens()), query.prompt().length, grown.tokens().length, end, grown.probability());
    }

    private String text(int[] tokens) {
        return model.base().tokenizer().decode(tokens);
    }

    /** The state of an answer that is being generated. */
    private record Grown(int[] tokens, boolean open, boolean complete, double probability) {
    }

    private Grown ended(Sequence sequence, Runnable between) {
        Grown grown = grown(sequence, Integer.MAX_VALUE);
        while (grown.open()) {
            between.run();
            grown = grown(sequence, Integer.MAX_VALUE);
        }
        return grown;
    }

    /** Generates a step of all answers, unless this one already has new tokens or has ended. */
    private Grown grown(Sequence sequence, int known) {
        return inTurn(() -> {
            if (sequence.isOpen() && sequence.written().length <= known) {
                batch.step();
            }
            return new Grown(sequence.written(), sequence.isOpen(), sequence.isComplete(), sequence.probability());
        });
    }

    /** Answers that are being generated; they keep their memories from being freed. */
    private final class Writings implements AutoCloseable {

        private final List<Sequence> sequences = new ArrayList<>();
        private final List<Recollection> memories = new ArrayList<>();

        private Writings begin(List<Query> queries, Decoding decoding) {
            for (Query query : queries) {
                memories.add(query.memory().use());
                sequences.add(batch.join(query.prompt(), query.memory().adaptation, decoding, sequences.size()));
            }
            return this;
        }

        private Writings keepProbabilities() {
            sequences.forEach(Sequence::keepProbability);
            return this;
        }

        @Override
        public void close() {
            inTurn(() -> {
                sequences.forEach(batch::leave);
                memories.forEach(Recollection::close);
                return null;
            });
        }
    }

    /**
     * Frees the cached prompts and answers, which are kept so that prompts with the same beginning need not be read again.
     * Does nothing while an answer is being generated.
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

    /**
     * @return the most bytes that the keys and values of an answer may take: those of its prompt and of as many tokens as it
     *         may have, in all layers
     * @throws IllegalArgumentException if the prompt is empty or longer than the model reads
     */
    public long cacheBytes(Query query, Decoding decoding) {
        Model read = model.base().model();
        return CachePool.rowBytes(read)
                * new Sequence(query.prompt(), query.memory().adaptation, decoding, 0, read.size().positions()).capacity();
    }

    /**
     * Bounds the memory for keys and values of all answers, which is 1 GiB at first: an answer that doesn't fit beside
     * others waits until these have ended. One that by itself takes more is generated alone.
     */
    public void limitCaches(long bytes) {
        inTurn(() -> {
            mostCacheBytes = bytes;
            batch.limitCaches(bytes);
            return null;
        });
    }

    /** @return the memory of all tensors, the base's included: now, and at its peak since the base was opened */
    public MemoryUsage memory() {
        return inTurn(() -> model.compute().memory());
    }

    /** Frees everything. No call may be in progress. */
    @Override
    public void close() {
        inTurn(() -> {
            batch.close();
            List.copyOf(given).forEach(this::close);
            model.close();
            return null;
        });
    }

    /** Receives an answer while it is generated: after each step, also while the prompt is read or waits for its turn. */
    @ConsumerType
    @FunctionalInterface
    public interface Reader {

        /**
         * @param text the answer so far; it ends in U+FFFD if the last token ends within a character
         * @return whether to continue
         */
        boolean goesOn(String text);
    }

    /**
     * An answer.
     *
     * @param text        without special tokens
     * @param prompt      the number of the prompt's tokens
     * @param tokens      the number of generated tokens, without the one that ends the answer
     * @param end         why it ended
     * @param probability the geometric mean of the probabilities that the model gave these tokens and the one that ends the
     *                    answer, as a measure of its confidence; 0 if there are none
     */
    public record Answer(String text, int prompt, int tokens, End end, double probability) {

        /** Why an answer ended. */
        public enum End {
            /** The model ended it. */
            COMPLETE,
            /** It reached the limit on its tokens, or the longest text that the model can read. */
            LIMIT,
            /** Its reader stopped it. */
            STOPPED
        }
    }

    /**
     * A prompt, and the memory to answer it from.
     *
     * @param memory a memory of this base
     * @param prompt a prompt, such as {@link BaseModel#question} returns
     */
    public record Query(Recollection memory, int[] prompt) {
    }

    /**
     * A loaded memory. It stays loaded until all who use it have closed it: who made it, and who {@linkplain #use uses} it
     * besides. Answers that have begun are completed. Thread-safe.
     */
    public final class Recollection implements AutoCloseable {

        private final Leases held;
        private final Adaptation adaptation;
        private final AtomicInteger uses = new AtomicInteger(1);

        private Recollection(Leases held, Adaptation adaptation) {
            this.held = held;
            this.adaptation = adaptation;
        }

        /**
         * Uses it once more, so that it is to be closed once more.
         *
         * @return this
         * @throws IllegalStateException if all who used it have closed it
         */
        public Recollection use() {
            if (this != nothing && uses.getAndUpdate(count -> count > 0 ? count + 1 : count) <= 0) {
                throw new IllegalStateException("this memory is closed");
            }
            return this;
        }

        /**
         * @return whether the memory would be loaded with the same adapter plugins now; if not, it continues with those that
         *         it has until it is closed
         */
        public boolean isCurrent() {
            return held.areCurrent();
        }

        /** To be called once by each who uses it; the empty memory is never freed. */
        @Override
        public void close() {
            if (this != nothing && uses.decrementAndGet() == 0) {
                inTurn(() -> {
                    batch.forget(adaptation);
                    OpenBase.this.close(held);
                    return null;
                });
            }
        }
    }

    /**
     * An encoded context.
     *
     * @param encoding     its losses
     * @param recollection for questions; to be closed before the writer
     */
    public record Written(Encoding encoding, Recollection recollection) {
    }

    /** Encodes texts with a trained adapter, until it is closed. Thread-safe. */
    public final class Writer implements AutoCloseable {

        private final Leases held;
        private final MemoryModel.Writer writer;

        private Writer(Leases held, MemoryModel.Writer writer) {
            this.held = held;
            this.writer = writer;
        }

        /** @return an encoder that makes segments like those of the training */
        public EpisodeEncoder encoder() {
            return writer.encoder();
        }

        /** @return an encoder that makes other segments, none longer than the model reads after the virtual tokens */
        public EpisodeEncoder encoder(Segmentation segmentation) {
            return writer.encoder(segmentation);
        }

        /**
         * @return the bundles that the encoding depends on besides the trained adapter, with their versions: those of
         *         adapter, optimizer, objective, model and tokenizer; not the backend's, since all backends compute the same
         */
        public List<String> bundles() {
            return Stream.of(held.bundles(), model.base().bundles()).flatMap(List::stream).toList();
        }

        /**
         * @return whether it would be made with the same plugins now; if not, it continues with those that it has until it
         *         is closed
         */
        public boolean isCurrent() {
            return held.areCurrent();
        }

        /**
         * Encodes a text.
         *
         * @param source   the text's file, or a description
         * @param encoder  cuts it into segments
         * @param progress called with the number of segment passes done and their total, while other threads may compute
         * @return the memory, even if the encoding has a problem, which the caller must check; its tensors are freed already
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
         * Encodes documents, to ask about them without storing a memory.
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
