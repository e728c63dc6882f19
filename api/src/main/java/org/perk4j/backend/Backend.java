package org.perk4j.backend;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.DType;

/**
 * A compute backend: one device and the kernels for it. Published as a service with a property {@code type}
 * ({@code nd4j}, {@code cuda}, …). Thread-safe.
 */
@ConsumerType
public interface Backend {

    /** @return what this backend computes on, in words, for people */
    String device();

    /** @return a new, independent computation. The caller closes it, which frees all memory it took. */
    Compute open(DType dtype);
}
