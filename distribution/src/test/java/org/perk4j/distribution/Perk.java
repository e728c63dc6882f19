package org.perk4j.distribution;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One run of {@code perk}, as shipped, in a process of its own: what a user does and sees.
 *
 * @param exitCode what it returned
 * @param out      what it printed to standard output
 * @param err      what it printed to standard error
 */
record Perk(int exitCode, String out, String err) {

    /** The distribution that this build made. */
    static final Path INSTALLATION = Path.of(System.getProperty("perk.installation"));

    private static final long MINUTES = 5;

    /** Runs the distribution. */
    static Perk run(String... arguments) throws IOException, InterruptedException {
        return run(INSTALLATION, Map.of(), arguments);
    }

    /** Runs another installation. */
    static Perk run(Path installation, String... arguments) throws IOException, InterruptedException {
        return run(installation, Map.of(), arguments);
    }

    /** Runs another installation, with further environment variables. */
    static Perk run(Path installation, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return run(installation, environment, new File("/dev/null"), arguments);
    }

    /** Runs the distribution with lines on standard input. */
    static Perk fed(List<String> lines, String... arguments) throws IOException, InterruptedException {
        return fed(INSTALLATION, lines, arguments);
    }

    /** Runs another installation with lines on standard input. */
    static Perk fed(Path installation, List<String> lines, String... arguments) throws IOException, InterruptedException {
        Path in = Files.createTempFile("perk", ".in");
        try {
            return run(installation, Map.of(), Files.write(in, lines).toFile(), arguments);
        } finally {
            Files.delete(in);
        }
    }

    /** Runs another installation's shell. */
    static Perk shell(Path installation, String... lines) throws IOException, InterruptedException {
        return shell(installation, Map.of(), lines);
    }

    /** Runs another installation's shell, with further environment variables. */
    static Perk shell(Path installation, Map<String, String> environment, String... lines)
            throws IOException, InterruptedException {
        Path in = Files.createTempFile("perk", ".in");
        try {
            return run(installation, environment, Files.write(in, List.of(lines)).toFile(), "shell");
        } finally {
            Files.delete(in);
        }
    }

    /** Runs the distribution with a file on standard input. */
    static Perk reading(Path in, String... arguments) throws IOException, InterruptedException {
        return run(INSTALLATION, Map.of(), in.toFile(), arguments);
    }

    private static Perk run(Path installation, Map<String, String> environment, File in, String... arguments)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("perk", ".out");
        Path err = Files.createTempFile("perk", ".err");
        try {
            List<String> command = new ArrayList<>(List.of(installation.resolve("bin/perk").toString()));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(in).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
            }
            return new Perk(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** @return the last line of standard output */
    String lastLine() {
        return out.lines().reduce((first, second) -> second).orElse("");
    }

    /**
     * Sends SIGTERM to a process once it has written to a file, and waits until it has ended.
     *
     * @return its exit code
     */
    static int terminated(Process process, Path written) throws IOException, InterruptedException {
        try {
            while (process.isAlive() && !(Files.exists(written) && Files.size(written) > 0)) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            process.destroy();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                throw new AssertionError("it doesn't end");
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Copies the distribution, to change the copy. */
    static Path copy(Path target) throws IOException {
        try (Stream<Path> tree = Files.walk(INSTALLATION)) {
            for (Path source : tree.toList()) {
                Path copy = target.resolve(INSTALLATION.relativize(source).toString());
                if (source.toString().endsWith(".jar")) {
                    Files.createLink(copy, source); // they are large
                } else {
                    Files.copy(source, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        return target;
    }
}
