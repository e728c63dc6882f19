package org.perk4j.backend;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.Shape;

/**
 * A constant matrix that is stored in less memory than its floats would take, such as quantized weights in a mapped file,
 * and widened to floats in parts when these are needed. Never changes. Thread-safe.
 */
@ConsumerType
public interface PackedMatrix {

    /** @return the shape of the matrix */
    Shape shape();

    /** @return whether the stored rows are the matrix's columns */
    boolean transposed();

    /** @return the bytes of memory that it takes as long as it is reachable, those of mapped files included */
    long bytes();

    /**
     * Widens part of a stored row.
     *
     * @param row    the stored row
     * @param first  the first of its elements
     * @param count  how many, at most to the row's end
     * @param target gets them
     * @param at     where the first goes
     */
    void widen(int row, int first, int count, float[] target, int at);
}
