package org.perk4j.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import org.perk4j.embedded.Base;
import org.perk4j.memory.Memory;

/**
 * A model that answers from a memory. Thread-safe. Of a request's parameters {@code temperature} (0 unless it is set: the
 * likeliest answer), {@code topP}, {@code maxOutputTokens} (256) and {@code stopSequences} are served; any other that would
 * change the answer is refused by name.
 */
public final class MemoryChatModel implements ChatModel {

    private final Base base;
    private final Memory memory;

    /**
     * @param base   stays the caller's, who closes it after the last answer
     * @param memory that was written with it
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
