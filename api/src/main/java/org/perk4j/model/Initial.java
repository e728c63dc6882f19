package org.perk4j.model;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/** The initial elements of a parameter. */
@ProviderType
public sealed interface Initial {

    /**
     * Drawn from a normal distribution.
     *
     * @param mean              of the elements
     * @param standardDeviation of the elements; 0 for all equal to the mean
     */
    record Normal(double mean, double standardDeviation) implements Initial {
    }

    /** Computed from the base model's weights, such as DoRA's magnitudes. */
    record OfWeights(Computation computation) implements Initial {
    }

    /** The elements of a parameter as a function of the base model's weights; pure. */
    @FunctionalInterface
    @ConsumerType
    interface Computation {

        /** @return the elements, row by row */
        double[] elements(Weights base);
    }

    /** The base model's weights on the heap. */
    @FunctionalInterface
    @ProviderType
    interface Weights {

        /**
         * @return the elements of the weight of that name, row by row as the model keeps it; a new array
         * @throws IllegalArgumentException if the model has no such weight
         */
        double[] of(String name);
    }
}
