package org.perk4j.backend.cuda;

import org.perk4j.plugin.Diagnosis.Finding;
import org.perk4j.plugin.Diagnosis.Level;

/** A device, until it is lost. Its backends share its memory. Thread-safe. */
final class Device implements AutoCloseable {

    private final String type;
    private final Driver driver;
    private final Arena arena;
    private volatile Runnable whenLost = () -> { };
    private volatile boolean lost;

    /** @param type the name of its backend */
    Device(Driver driver, String type) {
        this.driver = driver;
        this.type = type;
        arena = new Arena(driver);
        driver.whenLost(this::lose);
    }

    private void lose() {
        lost = true;
        arena.lose();
        whenLost.run();
    }

    /** @param action runs once, when the device can no longer be used */
    void whenLost(Runnable action) {
        whenLost = action;
    }

    String type() {
        return type;
    }

    /** @return a description for people */
    String name() {
        return driver.device();
    }

    /** @param factors how those of products of floats are rounded */
    CudaBackend backend(Factors factors) {
        return new CudaBackend(driver, arena, new CudaSettings(factors, CudaSettings.LOGITS, CudaSettings.RECORDED));
    }

    Finding capacity() {
        if (lost) {
            return new Finding(Level.PROBLEM, type + " was lost", "see the log for the reason, and start perk again");
        }
        Driver.Capacity capacity = driver.capacity();
        return Finding.ok(type + " has " + (capacity.freeBytes() >> 20) + " of " + (capacity.totalBytes() >> 20)
                + " MiB free");
    }

    /** Frees its memory. All computations on it must have ended. */
    @Override
    public void close() {
        arena.trim();
        driver.close();
    }
}
