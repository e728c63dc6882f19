package org.perk4j.evaluation;

/** The methods of answering questions. */
public enum Method {
    /** With an adapter that the context was encoded into. */
    PERK("perk", "PERK"),
    /** With another adapter that the context was encoded into: all weights, as in RECKONING. */
    RECKONING("reckoning", "RECKONING"),
    /** With an adapter that was trained on the context, without having learned how. */
    FINE_TUNED("fine-tuned", "fine-tuned"),
    /** With the context in the prompt, by the same base model fine-tuned to do so. */
    FT_ICR("ft-icr", "FT-ICR"),
    /** With the context in the prompt, by the base model. */
    ZERO_SHOT("zero-shot", "zero-shot"),
    /** With those pieces of the context in the prompt that a search finds for the question, by the base model. */
    RETRIEVAL("retrieval", "retrieval"),
    /** Without the context, by the base model. */
    NO_CONTEXT("no-context", "no context");

    private final String key;
    private final String title;

    Method(String key, String title) {
        this.key = key;
        this.title = title;
    }

    /** @return its name in JSON */
    public String key() {
        return key;
    }

    /** @return its name for people */
    public String title() {
        return title;
    }
}
