package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Shape;

/** A trainer that goes down to a point, with noise: quick, and as sensitive to its state as any. */
final class Valley implements Trainer {

    private static final List<ParameterSpec> SPECS = List.of(
            new ParameterSpec("a", new Shape(3, 5), 0, 1), new ParameterSpec("b", new Shape(1, 4), 0.5, 0.1));

    private final long steps;
    private final LongConsumer beforeStep;
    private DoubleUnaryOperator validation = loss -> loss;
    private LongPredicate undefined = step -> false;

    /** @param beforeStep told each step, counted from 0, before it is taken */
    Valley(long steps, LongConsumer beforeStep) {
        this.steps = steps;
        this.beforeStep = beforeStep;
    }

    /** Turns the loss into the one that validation reports. */
    Valley validatedAs(DoubleUnaryOperator reported) {
        validation = reported;
        return this;
    }

    /** Makes the gradients of some steps undefined. */
    Valley undefinedIf(LongPredicate step) {
        undefined = step;
        return this;
    }

    static List<ParameterSpec> specs() {
        return SPECS;
    }

    @Override
    public Variables initial() {
        return Variables.initial(SPECS, 5);
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public long lastStage() {
        return 0;
    }

    @Override
    public TrainStep trainStep(Variables values, long step, long position) {
        beforeStep.accept(step);
        Variables gradient = values.copy();
        SplittableRandom noise = new SplittableRandom(position);
        for (float[] tensor : gradient.values()) {
            for (int i = 0; i < tensor.length; i++) {
                tensor[i] += (float) noise.nextDouble(-1, 1);
            }
        }
        if (undefined.test(step)) {
            gradient.values().get(0)[2] = Float.POSITIVE_INFINITY;
        }
        return new TrainStep(loss(values), Double.NaN, 10, position + 3, gradient);
    }

    @Override
    public Validation validate(Variables values) {
        return new Validation(validation.applyAsDouble(loss(values)), Double.NaN);
    }

    private static double loss(Variables values) {
        double sum = 0;
        for (float[] tensor : values.values()) {
            for (float value : tensor) {
                sum += value * value;
            }
        }
        return sum;
    }

    @Override
    public void export(Variables values, TrainingState.Counters counters, Path folder) throws IOException {
        Files.writeString(folder.resolve("result"), Double.toString(loss(values)));
    }

    @Override
    public long peakBytes() {
        return 0;
    }
}
