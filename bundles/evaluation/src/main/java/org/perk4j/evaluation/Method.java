package org.perk4j.evaluation;

/** The methods of answering questions. */
public enum Method {
    /** With an adapter that the context was encoded into. */
    PERK("perk", "PERK"),
    /** With the context in the prompt, by the same base model fine-tuned to do so. */
    FT_ICR("ft-icr", "FT-ICR"),
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
