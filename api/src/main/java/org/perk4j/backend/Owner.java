package org.perk4j.backend;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Owns tensors that live longer than the region of program text that makes them, and end together at any time: a memory that
 * requests ask, the cache of an answer. Owners of one computation are closed in any order; the computation closes those that
 * are left.
 */
@ProviderType
public interface Owner extends AutoCloseable {

    /**
     * Opens a scope whose tensors pass to this owner when it is closed, instead of being freed. It nests with the other
     * scopes of the computation, in whose innermost it is opened.
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
