package org.perk4j.training;

import java.io.IOException;
import java.nio.file.Path;
import org.perk4j.model.ParameterSpec;

/** Computes the steps of a training run: everything in which meta-training and language training differ. */
interface Trainer {

    /** @return the initial values */
    Variables initial() throws IOException;

    /** @return the number of steps of the run */
    long steps();

    /** @return the first step of the last stage: there is no early stopping before it */
    long lastStage();

    /**
     * Computes one step's gradient, which depends only on the arguments.
     *
     * @param position the position in the data, 0 at first
     */
    TrainStep trainStep(Variables values, long step, long position);

    /** Validates, always on the same data. */
    Validation validate(Variables values);

    /** @return whether a parameter is a learned learning rate, whose scale differs from that of weights */
    default boolean isLearningRate(ParameterSpec parameter) {
        return false;
    }

    /**
     * Changes values after the optimizer's update.
     *
     * @param values   changed in place
     * @param gradient the gradient of the step
     * @param step     the number of the step, from 1
     */
    default void afterStep(Variables values, Variables gradient, long step) {
    }

    /** Writes the result, each file as a whole or not at all. */
    void export(Variables values, TrainingState.Counters counters, Path folder) throws IOException;

    /** @return the largest number of bytes that tensors have held at once */
    long peakBytes();

    /**
     * The result of a step.
     *
     * @param loss      mean over the step
     * @param accuracy  the share of scored tokens that the model predicted; NaN if not computed
     * @param retention the divergence from the base on unrelated text, in nats; NaN if it isn't part of the training
     * @param tokens    the number of tokens read
     * @param position  the position in the data for the next step
     * @param gradient  the gradient by which the values change
     */
    record TrainStep(double loss, double accuracy, double retention, long tokens, long position, Variables gradient) {

        /** Makes one without retention. */
        TrainStep(double loss, double accuracy, long tokens, long position, Variables gradient) {
            this(loss, accuracy, Double.NaN, tokens, position, gradient);
        }
    }

    /**
     * The result of a validation.
     *
     * @param loss       the mean loss
     * @param exactMatch the share of questions answered right; NaN if none was asked
     */
    record Validation(double loss, double exactMatch) {
    }
}
