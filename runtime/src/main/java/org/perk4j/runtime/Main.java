package org.perk4j.runtime;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Runs one command line. The system property {@code perk.home} names the installation; {@code perk.storage}, if set, a
 * folder for what the framework unpacks, instead of a temporary one.
 */
public final class Main {

    private Main() {
    }

    public static void main(String[] arguments) {
        // What a command prints is all that goes to standard output, whatever a library thinks worth saying there.
        PrintStream out = System.out;
        System.setOut(System.err);
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
