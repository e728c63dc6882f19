package org.perk4j.runtime;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs one command line. The system property {@code perk.home} names the installation; {@code perk.storage}, if set, a
 * folder for what the framework unpacks, instead of a temporary one; {@code perk.classes}, if set, the {@linkplain
 * ClassArchive archive} to make.
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
        if (arguments.length == 1 && List.of("-V", "--version").contains(arguments[0])) {
            sayVersion(out);
            return 0;
        }
        Installation installation = new Installation(Path.of(System.getProperty("perk.home", ".")));
        try (Storage storage = Storage.open(System.getProperty("perk.storage"));
                Platform platform = Platform.start(installation, storage.folder())) {
            int exitCode = platform.commandLine().applyAsInt(arguments, out);
            String archive = System.getProperty("perk.classes");
            if (archive != null && exitCode == 0) {
                ClassArchive.make(Path.of(archive));
            }
            Ending.within(exitCode);
            return exitCode;
        }
    }

    /** What the command line says too, which would have to be started for that. */
    private static void sayVersion(PrintStream out) {
        out.println("Perk4J " + Main.class.getPackage().getImplementationVersion().replace('-', '.')); // as bundles have it
        out.printf("Java %s, %s %s%n", System.getProperty("java.version"), System.getProperty("os.name"),
                System.getProperty("os.arch"));
    }
}
