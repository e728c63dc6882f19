package org.perk4j.evaluation;

/** How questions were answered. */
public enum Method {
    /** From an adapter that the context was encoded into. */
    PERK("perk", "PERK"),
    /** From the context in the prompt, by the same base fine-tuned to do so. */
    FT_ICR("ft-icr", "FT-ICR"),
    /** By the base alone, without the context. */
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
