package org.perk4j.embedded;

import org.perk4j.memory.Memory;

/** A text that an adapter has not learned to take up: its loss is not finite, or did not fall. Tells what came of it. */
public final class NotTakenUpException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Memory memory;

    /** @param memory what was written all the same */
    public NotTakenUpException(String message, Memory memory) {
        super(message);
        this.memory = memory;
    }

    /** @return what was written all the same: answers from it may be wrong; null if this was serialized */
    public Memory memory() {
        return memory;
    }
}
