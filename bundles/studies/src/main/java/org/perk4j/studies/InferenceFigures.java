package org.perk4j.studies;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.perk4j.evaluation.Figure;
import org.perk4j.evaluation.Figure.Form;
import org.perk4j.evaluation.Figure.Point;
import org.perk4j.evaluation.Figure.Series;
import org.perk4j.evaluation.Figure.Unit;
import org.perk4j.evaluation.Method;

/**
 * Makes the figures of what inference costs.
 *
 * @param lengths a pair of results for each length
 */
record InferenceFigures(List<Length> lengths, List<Result> results) {

    private static final String ACROSS = "tokens of the context";

    private static final double[] QUESTIONS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

    /**
     * The results of one length; those of prompts have no numbers where they are too long.
     *
     * @param memory from a memory
     * @param prompt with the context in the prompt
     */
    record Length(Result memory, Result prompt) {

        /** @return the seconds of encoding a context and answering this number of questions from the memory */
        double fromMemory(double questions) {
            return memory.number("encodeSeconds") + total(memory, questions);
        }

        /** @return the seconds of answering this number of questions with a prompt whose context is read once */
        double fromPrompt(double questions) {
            return total(prompt, questions);
        }

        /** @return the seconds of as many prompts, each of which is read whole */
        double fromPrompts(double questions) {
            return questions * prompt.number("firstAnswerSeconds");
        }

        private static double total(Result result, double questions) {
            double first = result.number("firstAnswerSeconds");
            return questions == 1 ? first : first + (questions - 1) * result.number("furtherAnswerSeconds");
        }

        /** @return from how many questions on the memory takes no longer; NaN if it always does, or that is unknown */
        double breakEven(ToDoubleFunction<Double> prompts) {
            double ahead = fromMemory(1) - prompts.applyAsDouble(1.0);
            double gained = prompts.applyAsDouble(2.0) - prompts.applyAsDouble(1.0) - (fromMemory(2) - fromMemory(1));
            if (ahead <= 0) {
                return 1;
            }
            return gained > 0 ? 1 + Math.ceil(ahead / gained) : Double.NaN;
        }

        private Point point(double value) {
            return new Point(memory.tested(), memory.number("contextTokens"), value, Double.NaN, Double.NaN);
        }
    }

    static List<Figure> of(List<Result> results) {
        List<Length> lengths = results.stream().filter(result -> result.method() == Method.PERK)
                .map(memory -> new Length(memory, results.stream().filter(result -> result.method() == Method.FT_ICR
                        && result.tested().equals(memory.tested())).findFirst().orElseThrow())).toList();
        return new InferenceFigures(lengths, results).figures();
    }

    private List<Figure> figures() {
        return List.of(
                figure("Time to the first answer", Figures.noted(shortest(), results), Unit.SECONDS,
                        series("memory: encode and answer", length -> length.fromMemory(1)),
                        series("prompt: read and answer", length -> length.fromPrompt(1))),
                figure("Time of each further answer", "The memory is encoded once, and the prompt's context read once; its "
                        + "keys and values stay in memory.", Unit.SECONDS,
                        series("memory", length -> length.memory.number("furtherAnswerSeconds")),
                        series("prompt", length -> length.prompt.number("furtherAnswerSeconds"))),
                figure("Break-even in questions", "From how many questions about one text on the memory takes no longer in "
                        + "all than prompts do; nothing where it always takes longer, or prompts can't have the text.",
                        Unit.COUNT,
                        series("prompt's context read once", length -> length.breakEven(length::fromPrompt)),
                        series("prompt read anew for each", length -> length.breakEven(length::fromPrompts))),
                byQuestions(),
                figure("Peak of memory", "Of all tensors, those of the base included.", Unit.BYTES,
                        series("memory", length -> length.memory.number("peakBytes")),
                        series("prompt", length -> length.prompt.number("peakBytes"))));
    }

    private String shortest() {
        Optional<Length> first = lengths.stream().filter(length -> length.fromMemory(1) <= length.fromPrompt(1)).findFirst();
        return "With one question about a text, " + first
                .map(length -> "the memory takes no longer from " + length.memory.tested() + " on.")
                .orElse("the prompt is quicker at each length that it can have.");
    }

    /** At the longest contexts that a prompt can have. */
    private Figure byQuestions() {
        Length longest = lengths.stream().filter(length -> Double.isFinite(length.fromPrompt(1)))
                .reduce((one, other) -> other).orElse(lengths.get(0));
        return new Figure("Time by number of questions, at " + longest.memory.tested(),
                "One text, encoded or read once, and all questions about it.", Form.LINES, "questions", Unit.SECONDS,
                List.of(byQuestions("memory", longest::fromMemory),
                        byQuestions("prompt's context read once", longest::fromPrompt),
                        byQuestions("prompt read anew for each", longest::fromPrompts)));
    }

    private static Series byQuestions(String name, ToDoubleFunction<Double> seconds) {
        return new Series(name, false, DoubleStream.of(QUESTIONS).mapToObj(number -> new Point(
                Integer.toString((int) number), number, seconds.applyAsDouble(number), Double.NaN, Double.NaN)).toList());
    }

    private static Figure figure(String title, String note, Unit unit, Series... series) {
        return new Figure(title, note, Form.LINES, ACROSS, unit, List.of(series));
    }

    private Series series(String name, ToDoubleFunction<Length> value) {
        return new Series(name, false, lengths.stream().map(length -> length.point(value.applyAsDouble(length))).toList());
    }
}
