package org.perk4j.tensor;

import org.osgi.annotation.versioning.ProviderType;

/**
 * An immutable handle on a matrix that some {@link Ops} made. Its elements can be read only through the computation that
 * made it. Its memory is owned by a scope, not by the garbage collector: see {@link org.perk4j.backend.Compute#scope()}.
 *
 * <p>A tensor may carry a <em>tangent</em> of the same shape: the derivative of its value along one direction (a dual
 * number). Every operation propagates tangents: its result carries one if any of its arguments does, and arguments
 * without a tangent count as constants. Forward-mode differentiation is nothing more than this.
 */
@ProviderType
public interface Tensor {

    /** @return the shape of the value, and of the tangent if there is one */
    Shape shape();

    /** @return whether this tensor carries a tangent */
    boolean hasTangent();

    /** @return the number of rows */
    default int rows() {
        return shape().rows();
    }

    /** @return the number of columns */
    default int columns() {
        return shape().columns();
    }
}
