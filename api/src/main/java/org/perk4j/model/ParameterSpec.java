package org.perk4j.model;

import java.util.List;
import org.perk4j.tensor.Shape;

/**
 * A parameter of a model, an adapter or an objective.
 *
 * @param name       unique among the parameters beside it
 * @param shape      its shape
 * @param initial    its initial elements
 * @param learned    whether it is learned; if not, it keeps its initial value, but is saved with the others
 * @param dimensions the dimensions of the tensor in files, with the elements of the matrix in row-major order
 * @param rateFactor a factor on its learning rates, in inner steps and in outer ones
 */
public record ParameterSpec(String name, Shape shape, Initial initial, boolean learned, List<Integer> dimensions,
                            double rateFactor) {

    /**
     * @throws IllegalArgumentException if the dimensions don't have as many elements as the shape, or the factor is not
     *                                  above 0
     */
    public ParameterSpec {
        if (!(rateFactor > 0 && Double.isFinite(rateFactor))) {
            throw new IllegalArgumentException(name + ": its learning rate can't be multiplied by " + rateFactor);
        }
        dimensions = List.copyOf(dimensions);
        if (dimensions.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact) != shape.size()) {
            throw new IllegalArgumentException(name + ": " + dimensions + " in files is not as many elements as " + shape);
        }
    }

    /** A learned parameter that is a matrix in files too. */
    public ParameterSpec(String name, Shape shape, Initial initial) {
        this(name, shape, initial, true, List.of(shape.rows(), shape.columns()), 1);
    }

    /** A learned parameter, drawn from a normal distribution, that is a matrix in files too. */
    public ParameterSpec(String name, Shape shape, double mean, double standardDeviation) {
        this(name, shape, new Initial.Normal(mean, standardDeviation));
    }

    /** @return the same under the name {@code prefix + name} */
    public ParameterSpec prefixed(String prefix) {
        return named(prefix + name);
    }

    /** @return the same under another name */
    public ParameterSpec named(String other) {
        return new ParameterSpec(other, shape, initial, learned, dimensions, rateFactor);
    }

    /** @return the same, not learned */
    public ParameterSpec frozen() {
        return new ParameterSpec(name, shape, initial, false, dimensions, rateFactor);
    }

    /** @return the same with other dimensions in files */
    public ParameterSpec inFiles(Integer... others) {
        return new ParameterSpec(name, shape, initial, learned, List.of(others), rateFactor);
    }

    /** @return the same, its learning rate multiplied by another factor, above 0 */
    public ParameterSpec withRateFactor(double factor) {
        return new ParameterSpec(name, shape, initial, learned, dimensions, factor);
    }
}
