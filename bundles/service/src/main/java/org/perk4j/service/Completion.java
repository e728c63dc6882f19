package org.perk4j.service;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.OpenBase;

/**
 * How an answer is to be written, by the names that OpenAI's API has for it.
 *
 * @param decoding how tokens are chosen
 * @param stops    texts that end the answer, and don't belong to it
 */
record Completion(Decoding decoding, List<String> stops) {

    private static final int USUAL_TOKENS = 256;
    private static final int MOST_TOKENS = 1 << 20;
    private static final int MOST_STOPS = 4;
    private static final char CUT_CHARACTER = '\uFFFD';

    /** What would change the answer and isn't served, with the value that changes nothing. */
    private static final Map<String, Object> REFUSED = Map.of("n", 1.0, "best_of", 1.0, "frequency_penalty", 0.0,
            "presence_penalty", 0.0, "logprobs", false, "echo", false);
    private static final Set<String> REFUSED_AT_ALL = Set.of("tools", "functions", "logit_bias", "suffix", "top_logprobs");

    static Completion of(Request request) throws ApiException {
        for (Map.Entry<String, Object> refused : REFUSED.entrySet()) {
            Object value = request.plain(refused.getKey());
            if (value != null && !value.equals(refused.getValue())) {
                throw ApiException.invalid(refused.getKey(), refused.getKey() + " is not served; leave it out");
            }
        }
        for (String refused : REFUSED_AT_ALL) {
            Object value = request.plain(refused);
            if (value != null && !value.equals(List.of()) && !value.equals(Map.of())) {
                throw ApiException.invalid(refused, refused + " is not served; leave it out");
            }
        }
        if (request.plain("response_format") instanceof Map<?, ?> format && !"text".equals(format.get("type"))) {
            throw ApiException.invalid("response_format", "only the response_format text is served");
        }
        List<String> stops = request.texts("stop").stream().filter(stop -> !stop.isEmpty()).toList();
        if (stops.size() > MOST_STOPS) {
            throw ApiException.invalid("stop", "stop must have at most " + MOST_STOPS + " strings");
        }
        long tokens = request.whole("max_completion_tokens", 1, MOST_TOKENS,
                request.whole("max_tokens", 1, MOST_TOKENS, USUAL_TOKENS));
        double topP = request.number("top_p", 0, 1, 1);
        return new Completion(new Decoding((int) tokens, request.number("temperature", 0, 2, 0),
                topP == 0 ? Double.MIN_VALUE : topP, request.whole("seed", -(1L << 53), 1L << 53, 0)), stops);
    }

    /**
     * Writes an answer.
     *
     * @param pieces told each piece of it as it comes; together they are its text
     */
    Written write(OpenBase base, OpenBase.Query query, Consumer<String> pieces) {
        Growing growing = new Growing(stops, pieces);
        OpenBase.Answer answer = base.answer(query, decoding, growing);
        growing.end(answer.text());
        return new Written(growing.text(), answer.prompt(), answer.tokens(),
                answer.end() == OpenBase.Answer.End.LIMIT ? "length" : "stop");
    }

    /**
     * What was written.
     *
     * @param finish {@code stop}, or {@code length} if it was cut off
     */
    record Written(String text, int promptTokens, int tokens, String finish) {
    }

    /** Gives on what nothing that is still to come can take back. */
    private static final class Growing implements OpenBase.Reader {

        private final List<String> stops;
        private final Consumer<String> pieces;
        private final StringBuilder given = new StringBuilder();
        private boolean stopped;

        Growing(List<String> stops, Consumer<String> pieces) {
            this.stops = stops;
            this.pieces = pieces;
        }

        String text() {
            return given.toString();
        }

        @Override
        public boolean goesOn(String text) {
            String shown = text.stripLeading(); // the space between a question's colon and its answer
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
            return true;
        }

        /** @return whether the text's end may be where a text begins that ends the answer */
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

        void end(String text) {
            if (!stopped) {
                give(text.stripLeading(), text.stripLeading().length());
            }
        }

        private void give(String text, int end) {
            if (end > given.length() && text.startsWith(given.toString())) {
                String piece = text.substring(given.length(), end);
                given.append(piece);
                pieces.accept(piece);
            }
        }
    }
}
