package org.perk4j.embedded;

import org.perk4j.memory.Memory;

/** An adapter could not encode a text: the loss is not finite, or did not fall. Holds the resulting memory. */
public final class NotTakenUpException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Memory memory;

    /** @param memory the resulting memory */
    public NotTakenUpException(String message, Memory memory) {
        super(message);
        this.memory = memory;
    }

    /** @return the resulting memory, answers from which may be wrong; null if this was serialized */
    public Memory memory() {
        return memory;
    }
}
