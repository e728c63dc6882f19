package org.perk4j.service;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.perk4j.inference.AnswerPieces;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Sampling;

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
    private static final double LEAST_REPETITION_PENALTY = 0.01;
    private static final double MOST_REPETITION_PENALTY = 100;

    /** Parameters that are not supported, with the value that is accepted since it has no effect. */
    private static final Map<String, Object> REFUSED = Map.of("n", 1.0, "best_of", 1.0, "logprobs", false,
            "echo", false);
    private static final Set<String> REFUSED_AT_ALL = Set.of("tools", "functions", "logit_bias", "suffix", "top_logprobs");

    static Completion of(Request request) throws ApiException {
        return of(request, Sampling.GREEDY);
    }

    /** @param usual how tokens are chosen if the request doesn't say it */
    static Completion of(Request request, Sampling usual) throws ApiException {
        for (Map.Entry<String, Object> refused : REFUSED.entrySet()) {
            Object value = request.plain(refused.getKey());
            if (value != null && !value.equals(refused.getValue())) {
                throw ApiException.invalid(refused.getKey(), refused.getKey() + " is not supported: leave it out");
            }
        }
        for (String refused : REFUSED_AT_ALL) {
            Object value = request.plain(refused);
            if (value != null && !value.equals(List.of()) && !value.equals(Map.of())) {
                throw ApiException.invalid(refused, refused + " is not supported: leave it out");
            }
        }
        if (request.plain("response_format") instanceof Map<?, ?> format && !"text".equals(format.get("type"))) {
            throw ApiException.invalid("response_format", "only text is supported as response_format");
        }
        List<String> stops = request.texts("stop").stream().filter(stop -> !stop.isEmpty()).toList();
        if (stops.size() > MOST_STOPS) {
            throw ApiException.invalid("stop", "stop must have at most " + MOST_STOPS + " strings");
        }
        long tokens = request.whole("max_completion_tokens", 1, MOST_TOKENS,
                request.whole("max_tokens", 1, MOST_TOKENS, USUAL_TOKENS));
        long seed = request.whole("seed", -(1L << 53), 1L << 53, 0);
        return new Completion(new Decoding((int) tokens, sampling(request, usual), seed), stops);
    }

    /** What OpenAI's API has, and vLLM's besides: {@code top_k}, of which -1 is all, and {@code repetition_penalty}. */
    private static Sampling sampling(Request request, Sampling usual) throws ApiException {
        double topP = request.number("top_p", 0, 1, usual.topP());
        double least = Math.min(LEAST_REPETITION_PENALTY, usual.repetitionPenalty());
        double most = Math.max(MOST_REPETITION_PENALTY, usual.repetitionPenalty());
        return new Sampling(request.number("temperature", 0, 2, Math.min(2, usual.temperature())),
                topP == 0 ? Double.MIN_VALUE : topP,
                (int) Math.max(0, request.whole("top_k", -1, Integer.MAX_VALUE, usual.topK())),
                request.number("repetition_penalty", least, most, usual.repetitionPenalty()),
                request.number("presence_penalty", -2, 2, usual.presencePenalty()),
                request.number("frequency_penalty", -2, 2, usual.frequencyPenalty()));
    }

    /**
     * Writes an answer.
     *
     * @param pieces receives the text piece by piece, as it is generated
     * @throws Deadline.PassedException if it isn't written by then
     */
    Written write(OpenBase base, OpenBase.Query query, Deadline deadline, Consumer<String> pieces) {
        AnswerPieces read = new AnswerPieces(stops, piece -> {
            pieces.accept(piece);
            return true;
        });
        Stopwatch watch = new Stopwatch(text -> {
            deadline.require();
            return read.goesOn(text);
        });
        OpenBase.Answer answer = base.answer(query, decoding, watch);
        read.end(answer.text());
        return new Written(read.text(), answer.prompt(), answer.tokens(), OpenAi.finish(answer.end()), watch.time());
    }

    /**
     * What was written.
     *
     * @param finish {@code stop}, or {@code length} if it was cut off
     */
    record Written(String text, int promptTokens, int tokens, String finish, Time time) {
    }

    /**
     * How long an answer took.
     *
     * @param first from the question to the first token
     * @param whole from the question to the last token
     */
    record Time(Duration first, Duration whole) {
    }

    /** Passes an answer on to another reader, and measures how long it takes. */
    private static final class Stopwatch implements OpenBase.Reader {

        private final OpenBase.Reader reader;
        private final long begin = System.nanoTime();
        private long first;

        Stopwatch(OpenBase.Reader reader) {
            this.reader = reader;
        }

        @Override
        public boolean goesOn(String text) {
            if (first == 0 && !text.isEmpty()) {
                first = System.nanoTime();
            }
            return reader.goesOn(text);
        }

        Time time() {
            long end = System.nanoTime();
            return new Time(Duration.ofNanos((first == 0 ? end : first) - begin), Duration.ofNanos(end - begin));
        }
    }
}
