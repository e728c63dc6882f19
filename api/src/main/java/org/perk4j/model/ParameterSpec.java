package org.perk4j.model;

import org.perk4j.tensor.Shape;

/**
 * A parameter to be made: its elements are drawn from a normal distribution.
 *
 * @param name              unique among its parameters
 * @param shape             its shape
 * @param mean              of the initial elements
 * @param standardDeviation of the initial elements; 0 for all equal to the mean
 */
public record ParameterSpec(String name, Shape shape, double mean, double standardDeviation) {

    /** @return the same under the name {@code prefix + name} */
    public ParameterSpec prefixed(String prefix) {
        return new ParameterSpec(prefix + name, shape, mean, standardDeviation);
    }
}
