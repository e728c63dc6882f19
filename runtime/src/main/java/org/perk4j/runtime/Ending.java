package org.perk4j.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The end of the process. It comes, with a line that says why, also where threads or memory have run out, where something
 * that is to be cleared away hangs, and where threads are left that would keep the process alive.
 */
final class Ending {

    private static final int FAILURE = 1;

    /** The same as that of a command that ran out of memory. */
    private static final int OUT_OF_MEMORY = 5;

    /** That of a process that was asked to end by SIGTERM, as every shell has it. */
    private static final int TERMINATED = 128 + 15;

    /** For all that is to be cleared away. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    private static final AtomicBoolean HALTS_LATER = new AtomicBoolean();

    private Ending() {
    }

    /** To be called first: from here on it is heard of when a thread runs out of memory, and SIGTERM is obeyed. */
    static void prepare() {
        Thread.setDefaultUncaughtExceptionHandler(Ending::uncaught);
        daemon(Ending::holdPlace, "perk place").start();
        Runtime.getRuntime().addShutdownHook(daemon(() -> haltsLater(TERMINATED), "perk end"));
    }

    /** Others may wait for what that thread was to do. A plugin's mistake is no reason to end all the same. */
    private static void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof VirtualMachineError) {
            exit(thrown);
        } else {
            System.err.print("perk: the thread " + thread.getName() + " failed: ");
            thrown.printStackTrace();
        }
    }

    /**
     * The virtual machine starts a thread to obey a signal, and doesn't obey it where it can't. So one thread more than is
     * needed lives as long as others can be started, and makes room when they can't.
     */
    private static void holdPlace() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_TRIES.toMillis());
                daemon(() -> { }, "perk try").start();
            }
        } catch (OutOfMemoryError makeRoom) {
            // by returning
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process after a while, whatever others are still at: to be called once nothing is left to do but to end. */
    static void within(int exitCode) {
        if (!haltsLater(exitCode)) {
            halt(exitCode, null); // at once, then
        }
    }

    /** @return whether what will do that could be started, now or before: the first to come has the exit code */
    private static boolean haltsLater(int exitCode) {
        try {
            if (HALTS_LATER.compareAndSet(false, true)) {
                daemon(() -> haltLate(exitCode), "perk end").start();
            }
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    private static void haltLate(int exitCode) {
        try {
            Thread.sleep(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        halt(exitCode, "something didn't end within " + PATIENCE.toSeconds() + " s, and is cut off");
    }

    /** Ends the process. */
    static void exit(int exitCode) {
        within(exitCode);
        System.exit(exitCode);
    }

    /** Ends the process for a reason. */
    static void exit(Throwable thrown) {
        int exitCode = thrown instanceof OutOfMemoryError ? OUT_OF_MEMORY : FAILURE;
        try {
            System.err.println("perk: " + message(thrown));
            exit(exitCode);
        } catch (Throwable nothingLeft) {
            halt(exitCode, "out of memory");
        }
    }

    private static String message(Throwable thrown) {
        if (thrown instanceof StartException || thrown instanceof IOException) {
            return thrown.getMessage();
        }
        if (!(thrown instanceof OutOfMemoryError)) {
            return "unexpected " + thrown + (thrown.getCause() == null ? "" : ", caused by " + thrown.getCause());
        }
        return String.valueOf(thrown.getMessage()).contains("native thread")
                ? "no further thread can be started: the system allows too few processes (ulimit -u, or a container's "
                + "limit) "
                        + "or too little memory (ulimit -v)"
                : "out of memory (" + thrown.getMessage()
                + "): a heap of 4 GiB instead of 1 is PERK_JAVA_OPTS=-Xmx4g in the "
                        + "environment";
    }

    /** @param why null if that was said already */
    private static void halt(int exitCode, String why) {
        try {
            if (why != null) {
                System.err.println("perk: " + why);
            }
        } finally {
            Runtime.getRuntime().halt(exitCode);
        }
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
