package org.perk4j.backend;

/**
 * Memory of one computation.
 *
 * @param liveBytes held by tensors now
 * @param peakBytes the most that was held at any time, temporaries of kernels included
 */
public record MemoryUsage(long liveBytes, long peakBytes) {
}
