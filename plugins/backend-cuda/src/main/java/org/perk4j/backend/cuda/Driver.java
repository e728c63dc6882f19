package org.perk4j.backend.cuda;

import org.perk4j.tensor.DType;

/** One device: its memory, and streams of work for it. Thread-safe. */
interface Driver extends AutoCloseable {

    /** @return a description of the device, for people */
    String device();

    /** @param action what to do, once, when the device can't be used any more */
    void whenLost(Runnable action);

    /**
     * @param bytes more than 0
     * @return an address on the device
     * @throws DeviceException if there is not so much left, among other reasons
     */
    long allocate(long bytes);

    /** Frees memory of the device, after all work that was begun. */
    void free(long address);

    /** @return the bytes of the device that are free, and how many there are altogether */
    Capacity capacity();

    /** The memory of a device. */
    record Capacity(long freeBytes, long totalBytes) {
    }

    /** Waits until the device has finished all work. */
    void synchronize();

    /** @return a new stream whose kernels compute with numbers of one type; the first compiles them */
    Stream stream(DType dtype);

    /** Releases the device. Its streams must be closed, its memory given back. */
    @Override
    void close();
}
