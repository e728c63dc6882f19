package org.perk4j.backend;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A packed matrix of which each stored row is a sequence of blocks in a layout that has a name, so that a backend may have
 * kernels of its own for it. Whatever these compute is what {@link #widen} gives.
 */
@ConsumerType
public interface BlockMatrix extends PackedMatrix {

    /** @return the layout's name in GGUF files, such as {@code Q4_0}, which ggml's {@code ggml-quants.c} defines */
    String layout();

    /**
     * Copies part of a stored row as it is stored.
     *
     * @param row    the stored row
     * @param first  the first of its bytes
     * @param count  how many, at most to the row's end
     * @param target gets them
     * @param at     where the first goes
     */
    void copy(int row, int first, int count, byte[] target, int at);
}
