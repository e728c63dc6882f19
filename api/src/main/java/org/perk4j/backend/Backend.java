package org.perk4j.backend;

import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.tensor.DType;

/**
 * A compute backend: a device and the kernels for it. Published as a service with the property {@code type}
 * ({@code nd4j}, {@code cuda}, …). Thread-safe.
 */
@ConsumerType
public interface Backend {

    /** @return a description of the device, for people */
    String device();

    /** @return a new, independent computation, to be closed by the caller, which frees all of its memory */
    Compute open(DType dtype);
}
