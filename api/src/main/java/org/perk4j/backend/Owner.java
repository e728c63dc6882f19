package org.perk4j.backend;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Owns tensors that outlive the block of code that makes them, and frees them all at once: a memory that requests share, or
 * the cache of an answer. The owners of a computation may be closed in any order; closing the computation closes the rest.
 */
@ProviderType
public interface Owner extends AutoCloseable {

    /**
     * Opens a scope whose tensors pass to this owner, instead of being freed, when the scope is closed. It nests like any
     * other scope of the computation.
     *
     * @throws IllegalStateException if this owner is closed
     */
    Scope scope();

    /**
     * Frees all tensors of this owner. Idempotent.
     *
     * @throws IllegalStateException if a scope of this owner is open
     */
    @Override
    void close();
}
