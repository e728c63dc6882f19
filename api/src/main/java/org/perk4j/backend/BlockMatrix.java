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
     * Copies the same part of some stored rows, one after another, as it is stored.
     *
     * @param row    the first stored row
     * @param rows   how many
     * @param first  the first of a row's bytes
     * @param count  how many of each row, at most to its end
     * @param target gets them, from its beginning
     */
    void copy(int row, int rows, int first, int count, byte[] target);
}
