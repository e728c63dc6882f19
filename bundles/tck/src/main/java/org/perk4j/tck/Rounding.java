package org.perk4j.tck;

import org.perk4j.model.ModelSize;
import org.perk4j.tensor.DType;

/** What rounding may leave between two ways to the same numbers, relative to the largest of them. */
final class Rounding {

    /** The products that a value goes through in a block: into the attention and out of it, into the MLP and out of it. */
    private static final int PRODUCTS_OF_BLOCK = 4;

    /** Of the root of a sum's terms: sums in single precision, one term after another, come within half of it. */
    private static final double TIMES_THE_ROOT = 12;

    private Rounding() {
    }

    /** @return the most that a number changes by being rounded, relative to it */
    static double unit(DType dtype) {
        return dtype == DType.FLOAT32 ? 0x1p-24 : 0x1p-53;
    }

    /**
     * Of an operation: {@code 12·√terms·(u₁ + u₂)}, with the {@link #unit} u of each way, relative to a result and the root
     * mean square of all. The roundings of a sum, of either sign, grow as the root of its terms; gradients and their
     * tangents chain several such sums.
     *
     * @param terms the most that a result sums
     * @param one   in which one way computes
     * @param other in which the other does
     */
    static double ofSums(int terms, DType one, DType other) {
        return TIMES_THE_ROOT * Math.sqrt(terms) * (unit(one) + unit(other));
    }

    /**
     * Of hidden states and logits: {@code 4·(layers + 1)·√width·(u₁ + u₂)}, with the {@link #unit} u of each way. A product
     * sums some width terms, whose roundings, of either sign, grow as √width; a block has four products one after another,
     * and its error stays in the sum that the next blocks read; norms, embedding and head are given as much as a block.
     *
     * @param one   in which one way computes
     * @param other in which the other does
     */
    static double ofModel(ModelSize size, DType one, DType other) {
        return PRODUCTS_OF_BLOCK * (size.layers() + 1) * Math.sqrt(size.width()) * (unit(one) + unit(other));
    }
}
