package org.perk4j.data;

import java.util.Map;

/**
 * How conversations are written for a model that was tuned to them, as its files say.
 *
 * @param template a template in Jinja, as transformers' {@code apply_chat_template} takes it. It comes with the model and is
 *                 not to be trusted
 * @param tokens   the special tokens that the template may name, such as {@code eos_token}, as they are written
 */
public record ChatFormat(String template, Map<String, String> tokens) {

    /** Copies {@code tokens}. */
    public ChatFormat {
        tokens = Map.copyOf(tokens);
    }
}
