package org.perk4j.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The end of the process. Ensures that it ends, with a line that gives the reason, even if threads or memory have run out,
 * if a cleanup hangs, or if threads remain that would keep the process alive.
 */
final class Ending {

    private static final int FAILURE = 1;

    /** The same exit code as that of a command that ran out of memory. */
    private static final int OUT_OF_MEMORY = 5;

    /** The exit code of a process that ended on SIGTERM, as in every shell. */
    private static final int TERMINATED = 128 + 15;

    /** The time limit for all cleanup. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    private static final AtomicBoolean HALTS_LATER = new AtomicBoolean();

    private Ending() {
    }

    /** Called first: from here on, threads that run out of memory are noticed, and SIGTERM is obeyed. */
    static void prepare() {
        Thread.setDefaultUncaughtExceptionHandler(Ending::uncaught);
        daemon(Ending::holdPlace, "perk place").start();
        Runtime.getRuntime().addShutdownHook(daemon(() -> haltsLater(TERMINATED), "perk end"));
    }

    /** Ends the process if a thread ran out of memory, since others may wait for it. A plugin's mistake doesn't end it. */
    private static void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof VirtualMachineError) {
            exit(thrown);
        } else {
            System.err.print("perk: the thread " + thread.getName() + " failed: ");
            thrown.printStackTrace();
        }
    }

    /**
     * The virtual machine starts a thread to obey a signal, and ignores the signal if it can't. So one spare thread lives as
     * long as others can be started, and ends to make room when they can't.
     */
    private static void holdPlace() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_TRIES.toMillis());
                daemon(() -> { }, "perk try").start();
            }
        } catch (OutOfMemoryError makeRoom) {
            // returning makes room
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process after a while, even if other threads still work. Called when only the end is left to do. */
    static void within(int exitCode) {
        if (!haltsLater(exitCode)) {
            halt(exitCode, null); // no thread for the delay: ends at once
        }
    }

    /** @return whether the thread for that has been started, now or before; the first call determines the exit code */
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

    /** @param why null if that was printed already */
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
