package org.perk4j.backend.cuda;

import org.perk4j.tensor.DType;

/** One device: its memory, and streams of work for it. Thread-safe. */
interface Driver extends AutoCloseable {

    /** @return a description of the device, for people */
    String device();

    /** @param action runs once, when the device can no longer be used */
    void whenLost(Runnable action);

    /**
     * @param bytes more than 0
     * @return an address on the device
     * @throws DeviceException if the memory isn't available, among other reasons
     */
    long allocate(long bytes);

    /** Frees device memory, after all work that was queued. */
    void free(long address);

    /** @return the free bytes and all bytes of the device */
    Capacity capacity();

    /** The memory of a device. */
    record Capacity(long freeBytes, long totalBytes) {
    }

    /** Waits until the device has finished all work. */
    void synchronize();

    /** @return a new stream whose kernels compute with numbers of one type; the first compiles them */
    Stream stream(DType dtype);

    /** Releases the device. Its streams must be closed and its memory freed. */
    @Override
    void close();
}
