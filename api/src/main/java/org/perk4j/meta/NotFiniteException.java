package org.perk4j.meta;

/**
 * A loss, a gradient or a value that was learned is infinite or undefined, and what was to come of it is of no use. The
 * message says in which step, and what to do about it.
 */
public final class NotFiniteException extends ArithmeticException {

    private static final long serialVersionUID = 1;

    /** @param message what is not finite, in which step, and the remedy */
    public NotFiniteException(String message) {
        super(message);
    }
}
