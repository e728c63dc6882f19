package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import org.perk4j.model.ParameterSpec;

/** Makes the steps of a training run: all in which meta-training and language training differ. */
interface Trainer {

    /** @return where it starts from */
    Variables initial() throws IOException;

    /** @return how many steps it takes */
    long steps();

    /** @return the first step of its last stage: no stopping before */
    long lastStage();

    /**
     * One step's gradient: a function of its arguments alone.
     *
     * @param position in the data, 0 at first
     */
    TrainStep trainStep(Variables values, long step, long position);

    /** Validates, always on the same data. */
    Validation validate(Variables values);

    /** @return whether a parameter is a learned learning rate, which is of another scale than weights */
    default boolean isLearningRate(ParameterSpec parameter) {
        return false;
    }

    /**
     * Does to the values what is done beside the step.
     *
     * @param values   changed in place
     * @param gradient that the step was made by
     * @param step     that was made, counted from 1
     */
    default void afterStep(Variables values, Variables gradient, long step) {
    }

    /** Writes the result, each file as a whole or not at all. */
    void export(Variables values, TrainingState.Counters counters, Path folder) throws IOException;

    /** @return the most bytes ever held by tensors */
    long peakBytes();

    /**
     * What a step found.
     *
     * @param loss     mean over the step
     * @param accuracy share of the scored tokens that were the likeliest; NaN if not computed
     * @param tokens   read
     * @param position in the data for the next step
     * @param gradient of the loss
     */
    record TrainStep(double loss, double accuracy, long tokens, long position, Variables gradient) {
    }

    /**
     * What a validation found.
     *
     * @param loss       mean
     * @param exactMatch share of questions answered right; NaN if none was asked
     */
    record Validation(double loss, double exactMatch) {
    }
}
