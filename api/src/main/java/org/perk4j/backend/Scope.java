package org.perk4j.backend;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Tensor;

/** A block of code that owns the tensors made in it. Scopes are closed in the reverse order of their opening. */
@ProviderType
public interface Scope extends AutoCloseable {

    /** Passes a tensor to the enclosing scope. Does nothing if this scope doesn't own it. */
    Tensor keep(Tensor tensor);

    /** Takes over a tensor from a scope within this one. Does nothing if no such scope owns it. */
    Tensor adopt(Tensor tensor);

    /** Frees all tensors that this scope owns. Idempotent. */
    @Override
    void close();
}
