package org.perk4j.backend;

import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.tensor.Tensor;

/** A region of program text that owns the tensors made in it. Closed in the reverse order of opening. */
@ProviderType
public interface Scope extends AutoCloseable {

    /** Hands a tensor to the owner that encloses this scope. A tensor that this scope doesn't own stays as it is. */
    Tensor keep(Tensor tensor);

    /** Takes over a tensor from a scope within this one. A tensor that no such scope owns stays as it is. */
    Tensor adopt(Tensor tensor);

    /** Frees all tensors that this scope owns. Idempotent. */
    @Override
    void close();
}
