package org.perk4j.meta;

/**
 * A loss, a gradient or a learned value is infinite or NaN, so that there is no useful result. The message names the step
 * and the remedy.
 */
public final class NotFiniteException extends ArithmeticException {

    private static final long serialVersionUID = 1;

    /** @param message what is not finite, in which step, and the remedy */
    public NotFiniteException(String message) {
        super(message);
    }
}
