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

/** Like {@link MemoryChatModel}, for answers that are read as they grow. Thread-safe. */
public final class MemoryStreamingChatModel implements StreamingChatModel {

    private final Base base;
    private final Memory memory;
    private final Executor executor;

    /**
     * @param base     stays the caller's, who closes it after the last answer
     * @param memory   that was written with it
     * @param executor takes a thread for each answer, which calls its handler; {@code Runnable::run} for the calling one
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

    /** Whatever is thrown is the handler's to know: on the executor's thread nobody else would hear of it. */
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

    /** By which a handler ends an answer before it is whole; nothing follows then. */
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
