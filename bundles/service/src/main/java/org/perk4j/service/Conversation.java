package org.perk4j.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perk4j.inference.BaseModel;
import org.perk4j.memory.Memory;

/**
 * A conversation of OpenAI's API, from which the prompt is made in the form that the model was trained on. System messages
 * stay separate if the base is asked alone and has a chat template; otherwise they precede the first question.
 */
final class Conversation {

    private final StringBuilder system = new StringBuilder();
    private final List<String> questions = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();

    private Conversation() {
    }

    static Conversation of(List<Request> messages) throws ApiException {
        Conversation conversation = new Conversation();
        for (Request message : messages) {
            conversation.add(message.text("role"), content(message));
        }
        if (conversation.questions.size() != conversation.answers.size() + 1) {
            throw ApiException.invalid("messages", "messages must end with one of the role user, the question");
        }
        return conversation;
    }

    /** @return the text of a message: a string, or a list of parts of type text */
    private static String content(Request message) throws ApiException {
        if (message.plain("content") instanceof String text) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        for (Request part : message.objects("content")) {
            if (!part.text("type").equals("text")) {
                throw ApiException.invalid("messages", "the model reads only text: remove the parts of type "
                        + part.text("type"));
            }
            text.append(part.text("text"));
        }
        return text.toString();
    }

    private void add(String role, String text) throws ApiException {
        switch (role) {
            case "system", "developer" -> system.append(system.isEmpty() ? "" : "\n").append(text.strip());
            case "user" -> {
                requireTurn(questions.size() == answers.size());
                questions.add(text);
            }
            case "assistant" -> {
                requireTurn(questions.size() == answers.size() + 1);
                answers.add(text);
            }
            default -> throw ApiException.invalid("messages",
                    "the role " + role + " is not supported: use system, user or assistant");
        }
    }

    private static void requireTurn(boolean itIs) throws ApiException {
        if (!itIs) {
            throw ApiException.invalid("messages", "messages must alternate between user and assistant, the user's first");
        }
    }

    /**
     * @param memory the memory that is asked; empty to ask the base alone
     * @return the prompt
     * @throws IllegalArgumentException if it is longer than the model reads
     */
    int[] prompt(BaseModel base, Optional<Memory> memory) {
        return base.conversation(memory.stream().toList(), system.toString(), questions, answers);
    }
}
