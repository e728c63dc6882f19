package org.perk4j.inference;

import java.util.List;
import java.util.function.Predicate;

/**
 * Streams an answer piece by piece while it is generated. A piece never ends within a character, nor within what may become
 * a text that ends the answer. For one answer, used by one thread.
 */
public final class AnswerPieces implements OpenBase.Reader {

    private static final char CUT_CHARACTER = '\uFFFD';

    private final List<String> stops;
    private final Predicate<String> pieces;
    private final StringBuilder given = new StringBuilder();
    private boolean wanted = true;
    private boolean stopped;

    /**
     * @param stops  texts that end the answer; they are not part of it
     * @param pieces receives each piece; returns whether to continue
     */
    public AnswerPieces(List<String> stops, Predicate<String> pieces) {
        this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
        this.pieces = pieces;
    }

    @Override
    public boolean goesOn(String text) {
        String shown = shown(text);
        int stop = stops.stream().mapToInt(shown::indexOf).filter(at -> at >= 0).min().orElse(-1);
        if (stop >= 0) {
            stopped = true;
            give(shown, stop);
            return false;
        }
        int sure = shown.length();
        while (sure > 0 && (shown.charAt(sure - 1) == CUT_CHARACTER || mayBeginStop(shown.substring(0, sure)))) {
            sure--;
        }
        give(shown, sure);
        return wanted;
    }

    /** Passes on the rest, once the answer has ended. */
    public void end(String text) {
        if (!stopped && wanted) {
            give(shown(text), shown(text).length());
        }
    }

    /** @return all pieces together */
    public String text() {
        return given.toString();
    }

    /** @return whether one of the stop texts ended the answer */
    public boolean isStopped() {
        return stopped;
    }

    /** Removes the space between the question's colon and the answer. */
    private static String shown(String text) {
        return text.stripLeading();
    }

    /** @return whether the end of the text may be the beginning of a stop text */
    private boolean mayBeginStop(String text) {
        return stops.stream().anyMatch(stop -> {
            for (int length = Math.min(stop.length() - 1, text.length()); length > 0; length--) {
                if (stop.startsWith(text.substring(text.length() - length))) {
                    return true;
                }
            }
            return false;
        });
    }

    private void give(String text, int end) {
        if (end > given.length() && text.startsWith(given.toString())) {
            String piece = text.substring(given.length(), end);
            given.append(piece);
            wanted = pieces.test(piece);
        }
    }
}
