package org.perk4j.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;
import org.perk4j.formats.TextFile;

/**
 * The curves of a training run.
 *
 * @param name  the run's name, for people
 * @param steps the lines of its log, in order
 */
public record TrainingCurve(String name, List<Step> steps) {

    /**
     * A line of a training log. Missing values are NaN.
     *
     * @param step           the number of the step
     * @param loss           the loss of that step
     * @param validationLoss the validation loss after this step
     * @param accuracy       the accuracy of that step
     */
    public record Step(long step, double loss, double validationLoss, double accuracy) {
    }

    /** Copies the list. */
    public TrainingCurve {
        steps = List.copyOf(steps);
    }

    /**
     * Reads a training log: lines of JSON with {@code step} and optionally {@code loss}, {@code validationLoss} and
     * {@code accuracy}.
     *
     * @throws IOException naming file, line and remedy, if it is not a training log
     */
    public static TrainingCurve read(String name, Path log) throws IOException {
        List<String> lines = TextFile.read(log).lines().toList();
        try {
            return new TrainingCurve(name, IntStream.range(0, lines.size()).filter(i -> !lines.get(i).isBlank())
                    .mapToObj(i -> step(log, i + 1, lines.get(i))).toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Step step(Path log, int number, String line) {
        try {
            Map<String, Object> fields = Json.parseObject(line);
            if (fields.get("step") instanceof Double step) {
                return new Step(step.longValue(), number(fields, "loss"), number(fields, "validationLoss"),
                        number(fields, "accuracy"));
            }
            throw new IOException("the key step is missing");
        } catch (IOException e) {
            throw new UncheckedIOException(new FileFormatException(log,
                    "line " + number + ": " + e.getMessage()
                    + ": is this a training log? Remove the line, or name another file"));
        }
    }

    private static double number(Map<String, Object> fields, String key) {
        return fields.get(key) instanceof Double number ? number : Double.NaN;
    }
}
