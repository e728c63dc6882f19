package org.perk4j.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.LoggerFactory;

/**
 * The classes that a process has loaded, parsed and verified, as a file that Java maps into later processes. Bundles'
 * classes are among them: of each Java sees, when it is loaded, whether it still is the one that was archived.
 * {@code bin/perk} names the file by all that it depends on, and has Java use it only while its checksum is the one that
 * stands beside it: from an archive that was damaged or cut off, Java may crash.
 */
final class ClassArchive {

    private static final String SUFFIX = ".jsa";

    /** What computes the checksum, here as in {@code bin/perk}, and the ending of its file. */
    private static final String CHECKSUM = "cksum";

    /** More than an archive takes. */
    private static final long ROOM = 128 << 20;

    private ClassArchive() {
    }

    /**
     * Makes the archive, as a whole or not at all: other processes may be starting by it, or making the same. Without one
     * all works as well, only later, so what goes wrong is of interest to who looks for the reason.
     *
     * @param file where it shall be, in a folder for nothing else; its name begins with its installation's, up to a hyphen
     */
    static void make(Path file) {
        try {
            Path unfinished = file.resolveSibling(file.getFileName() + "-" + ProcessHandle.current().pid());
            if (Files.getFileStore(file.getParent()).getUsableSpace() < ROOM) {
                return; // Java would end the process
            }
            dump(unfinished);
            writeChecksum(unfinished, checksumOf(file));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            deleteEarlier(file);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (JMException | IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
            LoggerFactory.getLogger(ClassArchive.class).debug("No archive of classes in {}", file, e);
        }
    }

    private static void dump(Path file) throws JMException {
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream())); // Java would say there that it is done
        try {
            ManagementFactory.getPlatformMBeanServer().invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "vmCds", new Object[] {new String[] {"dynamic_dump", '"' + file.toString() + '"'}},
                    new String[] {String[].class.getName()});
        } finally {
            System.setOut(out);
        }
    }

    private static Path checksumOf(Path archive) {
        return archive.resolveSibling(archive.getFileName() + "." + CHECKSUM);
    }

    private static void writeChecksum(Path archive, Path file) throws IOException, InterruptedException {
        int exitCode = new ProcessBuilder(CHECKSUM).redirectInput(archive.toFile()).redirectOutput(file.toFile()).start()
                .waitFor();
        if (exitCode != 0) {
            throw new IOException(CHECKSUM + " ended with exit code " + exitCode);
        }
    }

    /** Of the same installation: of another Java or of bundles that were replaced, or left by a process that was killed. */
    private static void deleteEarlier(Path file) throws IOException {
        String name = file.getFileName().toString();
        String installation = name.substring(0, name.indexOf('-') + 1);
        try (DirectoryStream<Path> archives =
                Files.newDirectoryStream(file.getParent(), installation + "*" + SUFFIX + "*")) {
            for (Path archive : archives) {
                if (!archive.equals(file) && !archive.equals(checksumOf(file))) {
                    Files.deleteIfExists(archive);
                }
            }
        }
    }
}
