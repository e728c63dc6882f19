package org.perk4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.perk4j.embedded.Answer;
import org.perk4j.embedded.Base;
import org.perk4j.embedded.Query;
import org.perk4j.memory.Memory;

/**
 * A request of LangChain4j, in the form in which the model learned to read questions and answers. The system message comes
 * before the first question.
 */
record Conversation(Query query) {

    /** @throws UnsupportedFeatureException naming a parameter that would change the answer and isn't supported */
    static Conversation of(Memory memory, ChatRequest request) {
        ChatRequestParameters parameters = request.parameters();
        refuse("modelName", parameters.modelName() != null);
        refuse("topK", parameters.topK() != null);
        refuse("frequencyPenalty", parameters.frequencyPenalty() != null && parameters.frequencyPenalty() != 0);
        refuse("presencePenalty", parameters.presencePenalty() != null && parameters.presencePenalty() != 0);
        refuse("toolSpecifications", !parameters.toolSpecifications().isEmpty());
        refuse("responseFormat", parameters.responseFormat() != null
                && !parameters.responseFormat().equals(ResponseFormat.TEXT));
        Query query = turns(memory, request.messages()).stops(parameters.stopSequences());
        if (parameters.maxOutputTokens() != null) {
            query = query.tokens(parameters.maxOutputTokens());
        }
        return new Conversation(query.drawn(parameters.temperature() == null ? 0 : parameters.temperature(),
                parameters.topP() == null ? 1 : parameters.topP(), 0));
    }

    private static void refuse(String parameter, boolean isSet) {
        if (isSet) {
            throw new UnsupportedFeatureException(parameter + " is not supported by a model that answers from a memory");
        }
    }

    private static Query turns(Memory memory, List<ChatMessage> messages) {
        StringBuilder system = new StringBuilder();
        List<Query.Turn> turns = new ArrayList<>();
        String question = null;
        for (ChatMessage message : messages) {
            if (message instanceof SystemMessage said) {
                system.append(said.text().strip()).append('\n');
            } else if (message instanceof UserMessage asked && question == null) {
                question = (turns.isEmpty() ? system : "") + text(asked);
            } else if (message instanceof AiMessage answered && question != null && answered.text() != null) {
                turns.add(new Query.Turn(question, answered.text()));
                question = null;
            } else {
                throw new InvalidRequestException("messages must alternate between user and model, and begin and end with "
                        + "the user's: there is one of type " + message.type() + " in the wrong place");
            }
        }
        if (question == null) {
            throw new InvalidRequestException("the last message must be the user's, which the model answers");
        }
        return Query.of(memory, question).after(turns);
    }

    private static String text(UserMessage message) {
        if (!message.hasSingleText()) {
            throw new UnsupportedFeatureException("the model reads one text per message and no other content");
        }
        return message.singleText();
    }

    /**
     * @param pieces receives each piece of the answer; returns whether to continue
     * @throws InvalidRequestException with the reason, if the question can't be answered from this memory with this base
     */
    Answer answer(Base base, Predicate<String> pieces) {
        try {
            return base.answer(query, pieces);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }

    static ChatResponse response(Answer answer) {
        return ChatResponse.builder().aiMessage(AiMessage.from(answer.text()))
                .tokenUsage(new TokenUsage(answer.promptTokens(), answer.tokens()))
                .finishReason(answer.end() == Answer.End.LIMIT ? FinishReason.LENGTH : FinishReason.STOP).build();
    }
}
