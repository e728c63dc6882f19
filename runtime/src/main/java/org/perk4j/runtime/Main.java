package org.perk4j.runtime;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Runs one command line. The system property {@code perk.home} names the installation; {@code perk.storage}, if set, a
 * folder for what the framework unpacks, instead of a temporary one.
 */
public final class Main {

    /** Also in {@code conf/logback.xml}. */
    private static final String LOG_TO = "PERK_LOG_TO";
    private static final String LOG_TO_STDOUT = "stdout";

    private Main() {
    }

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        if (!LOG_TO_STDOUT.equals(System.getenv(LOG_TO))) {
            // What a command prints is all that goes to standard output, whatever a library thinks worth saying there.
            System.setOut(System.err);
        }
        try {
            Ending.prepare();
            Ending.exit(run(arguments, out));
        } catch (Throwable thrown) {
            Ending.exit(thrown);
        }
    }

    private static int run(String[] arguments, PrintStream out) throws StartException, IOException {
        Installation installation = new Installation(Path.of(System.getProperty("perk.home", ".")));
        try (Storage storage = Storage.open(System.getProperty("perk.storage"));
                Platform platform = Platform.start(installation, storage.folder())) {
            int exitCode = platform.commandLine().applyAsInt(arguments, out);
            Ending.within(exitCode);
            return exitCode;
        }
    }
}
