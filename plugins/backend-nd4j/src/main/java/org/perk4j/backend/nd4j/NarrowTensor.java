package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;

/** A constant matrix that takes less memory than its floats, and whose parts are widened when they are needed. */
interface NarrowTensor {

    /** @return whether the transpose is stored instead of the matrix */
    boolean turned();

    /**
     * Widens part of a row of the stored matrix.
     *
     * @param first the first column, a multiple of {@link Bfloat16Tensor#PANEL}
     */
    void widen(int row, int first, int count, ByteBuffer target, int at);
}
