package org.perk4j.studies;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.ObjectName;

/** Watches how much of the machine's memory a piece of work takes, to tell how many like it there is room for. */
final class FreeMemory implements AutoCloseable {

    private static final long MILLISECONDS = 200;

    /** Of what a piece of work is taken to need at least: too little is seen where memory was free within the process. */
    private static final long LEAST = 1L << 30;

    private final long before = free();
    private final ScheduledExecutorService watching = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "free memory");
        thread.setDaemon(true);
        return thread;
    });
    private volatile long least = before;

    FreeMemory() {
        watching.scheduleAtFixedRate(() -> least = Math.min(least, free()), 0, MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    /** @return for how many pieces of such work, at once, there is memory now; at least 1 */
    int room() {
        return (int) Math.max(1, free() / Math.max(LEAST, before - least));
    }

    /** @return the bytes that are free, in the container if this is one */
    private static long free() {
        try {
            return (Long) ManagementFactory.getPlatformMBeanServer()
                    .getAttribute(new ObjectName("java.lang:type=OperatingSystem"), "FreeMemorySize");
        } catch (JMException e) {
            throw new IllegalStateException("Java 14 and later tell the free memory", e);
        }
    }

    @Override
    public void close() {
        watching.shutdownNow();
    }
}
