package org.perk4j.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.perk4j.embedded.Answer;
import org.perk4j.embedded.Base;
import org.perk4j.memory.Memory;

/** Like {@link MemoryChatModel}, but streams its answers. Thread-safe. */
public final class MemoryStreamingChatModel implements StreamingChatModel {

    private final Base base;
    private final Memory memory;
    private final Executor executor;

    /**
     * @param base     the caller's, to be closed after the last answer
     * @param memory   a memory that was encoded with this base
     * @param executor runs each answer, which calls its handler; {@code Runnable::run} for the calling thread
     */
    public MemoryStreamingChatModel(Base base, Memory memory, Executor executor) {
        this.base = base;
        this.memory = memory;
        this.executor = executor;
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Conversation conversation = Conversation.of(memory, request);
        executor.execute(() -> answer(conversation, handler));
    }

    /** Passes everything that is thrown to the handler: on the executor's thread nobody else would see it. */
    private void answer(Conversation conversation, StreamingChatResponseHandler handler) {
        Cancellation cancellation = new Cancellation();
        try {
            Answer answer = conversation.answer(base, piece -> {
                handler.onPartialResponse(new PartialResponse(piece), new PartialResponseContext(cancellation));
                return !cancellation.isCancelled();
            });
            if (!cancellation.isCancelled()) {
                handler.onCompleteResponse(Conversation.response(answer));
            }
        } catch (RuntimeException | Error e) {
            handler.onError(e);
        }
    }

    /** Lets a handler cancel its answer; it is not called again then. */
    private static final class Cancellation implements StreamingHandle {

        private final AtomicBoolean cancelled = new AtomicBoolean();

        @Override
        public void cancel() {
            cancelled.set(true);
        }

        @Override
        public boolean isCancelled() {
            return cancelled.get();
        }
    }
}
