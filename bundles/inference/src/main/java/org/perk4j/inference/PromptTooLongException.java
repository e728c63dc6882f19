package org.perk4j.inference;

/** A prompt has more tokens than its model reads at once. The message says how many, and what to do. */
public final class PromptTooLongException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    PromptTooLongException(String message) {
        super(message);
    }

    /** @return the same, of a method that can't be used therefore */
    public PromptTooLongException of(String method) {
        return new PromptTooLongException(method + ": " + getMessage());
    }
}
