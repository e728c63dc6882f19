package org.perk4j.embedded.inside;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.perk4j.embedded.Answer;
import org.perk4j.embedded.Base;
import org.perk4j.embedded.NotTakenUpException;
import org.perk4j.embedded.Query;
import org.perk4j.inference.AnswerPieces;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.InstalledAdapters;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;

/** An {@link OpenBase} that keeps the memories that were asked last loaded. */
final class OpenedBase implements Base {

    private static final String SOURCE = "a text";

    private final OpenBase open;
    private final ReadyMemories ready;
    /** Null until a text is encoded, if no adapter was named. */
    private OpenBase.Writer writer;
    /** Closing waits for all calls in progress. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private final Consumer<OpenedBase> closes;
    private boolean closed;

    /**
     * @param open    closed with this, unless this constructor fails
     * @param trained empty for the installed adapter of this base, if a text is encoded
     * @param closes  called when this is closed
     */
    OpenedBase(OpenBase open, Optional<TrainedAdapter> trained, Consumer<OpenedBase> closes) throws IOException {
        this.open = open;
        this.closes = closes;
        this.ready = new ReadyMemories(open);
        if (trained.isPresent()) {
            this.writer = open.writer(trained.get());
        }
    }

    private synchronized OpenBase.Writer writer() throws IOException {
        if (writer == null) {
            TrainedAdapter trained = new InstalledAdapters().of(open.base()).orElseThrow(() -> new IllegalStateException(
                    "no adapter for this base is installed: open the base with a trained adapter, or put one into a folder "
                            + "in " + InstalledAdapters.folderOfUser()));
            writer = open.writer(trained);
        }
        return writer;
    }

    @Override
    public Memory encode(String text) throws IOException {
        try (Use used = new Use()) {
            OpenBase.Writer with = writer();
            MemoryModel.Remembered remembered =
                    with.remember(text, SOURCE, with.encoder(), (passes, total) -> { });
            Optional<String> problem = remembered.encoding().problem();
            if (problem.isPresent()) {
                throw new NotTakenUpException(problem.get(), remembered.memory());
            }
            return remembered.memory();
        }
    }

    @Override
    public Answer answer(Query query, Predicate<String> pieces) throws IOException {
        try (Use used = new Use();
                OpenBase.Recollection memory = query.memory().isEmpty() ? open.nothing() : ready.get(query.memory().get())) {
            AnswerPieces answer = new AnswerPieces(query.stops(), pieces);
            OpenBase.Answer written = open.answerInFull(new OpenBase.Query(memory, prompt(query)),
                    new Decoding(query.tokens(), query.temperature(), query.topP(), query.seed()), answer);
            answer.end(written.text());
            return new Answer(Prompts.answerIn(answer.text()), written.prompt(), written.tokens(),
                    answer.isStopped() ? Answer.End.COMPLETE : Answer.End.valueOf(written.end().name()),
                    written.probability());
        }
    }

    private int[] prompt(Query query) {
        return open.base().conversation(query.memory().stream().toList(), "",
                Stream.concat(query.before().stream().map(Query.Turn::question), Stream.of(query.question())).toList(),
                query.before().stream().map(Query.Turn::answer).toList());
    }

    @Override
    public void close() {
        Lock alone = use.writeLock();
        alone.lock();
        try {
            if (!closed) {
                closed = true;
                ready.close();
                if (writer != null) {
                    writer.close();
                }
                open.close();
                closes.accept(this);
            }
        } finally {
            alone.unlock();
        }
    }

    /** A call in progress. */
    private final class Use implements AutoCloseable {

        Use() {
            use.readLock().lock();
            if (closed) {
                use.readLock().unlock();
                throw new IllegalStateException("this base is closed");
            }
        }

        @Override
        public void close() {
            use.readLock().unlock();
        }
    }
}
