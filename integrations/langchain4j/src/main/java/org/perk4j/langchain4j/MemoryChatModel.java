package org.perk4j.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import org.perk4j.embedded.Base;
import org.perk4j.memory.Memory;

/**
 * A model that answers from a memory. Thread-safe. It supports the request parameters {@code temperature} (default 0: the
 * likeliest answer), {@code topP}, {@code maxOutputTokens} (default 256) and {@code stopSequences}; it refuses any other
 * that would change the answer, by name.
 */
public final class MemoryChatModel implements ChatModel {

    private final Base base;
    private final Memory memory;

    /**
     * @param base   the caller's, to be closed after the last answer
     * @param memory a memory that was encoded with this base
     */
    public MemoryChatModel(Base base, Memory memory) {
        this.base = base;
        this.memory = memory;
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return Conversation.response(Conversation.of(memory, request).answer(base, piece -> true));
    }
}
