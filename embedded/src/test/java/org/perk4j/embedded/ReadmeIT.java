package org.perk4j.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's program does what the README says, on the class path that its one dependency brings. */
class ReadmeIT {

    /** The program in the text. */
    private static final Pattern PROGRAM =
            Pattern.compile("^```java\\R(.*?Perk\\.start.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    @TempDir
    private Path folder;

    @Test
    void theProgramAnswersFromTheFileThatItIsGiven() throws Exception {
        Matcher readme = PROGRAM.matcher(Files.readString(Path.of("../README.md")));
        assertTrue(readme.find(), "no program in the README");
        Path source = Files.writeString(folder.resolve("Ask.java"), readme.group(1));
        String classPath = classPath();
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null,
                "-cp", classPath, "-d", folder.toString(), source.toString()));
        Files.createSymbolicLink(folder.resolve("quickstart"), Path.of(System.getProperty("perk.quickstart")));

        Files.writeString(folder.resolve("records.txt"), Quickstart.text(0));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
        command.addAll(List.of("-cp", folder + File.pathSeparator + classPath, "Ask", "records.txt",
                Quickstart.question(0)));
        Process process = new ProcessBuilder(command).directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), Files.readString(folder.resolve("err")));
        assertEquals(Quickstart.year(0, 0), out.strip());
    }

    /** Without the classes of these tests and what they need. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*/(test-classes|classes|org/(junit|opentest4j|apiguardian)|surefire).*"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
