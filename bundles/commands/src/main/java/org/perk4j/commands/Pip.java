package org.perk4j.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.formats.InputFiles;

/** Python's package installer, in whichever of the usual ways this machine has it. */
final class Pip {

    private static final List<List<String>> CALLS = List.of(List.of("python3", "-m", "pip"), List.of("pip3"), List.of("pip"),
            List.of("python", "-m", "pip"));

    private Pip() {
    }

    /**
     * Downloads a package, without those that it needs.
     *
     * @param folder an empty one
     * @return the package's file
     * @throws IOException saying what pip said last, if there is no pip or it can't
     */
    static Path download(String requirement, Path folder) throws IOException, InterruptedException {
        String problem = "there is no pip on this machine";
        for (List<String> call : CALLS) {
            List<String> command = new ArrayList<>(call);
            command.addAll(List.of("download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check",
                    "--dest", folder.toString(), requirement));
            Path said = folder.resolve("pip.log");
            Process pip;
            try {
                pip = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
            } catch (IOException e) {
                continue; // no such program
            }
            try {
                if (pip.waitFor() == 0) {
                    return wheel(folder);
                }
            } finally {
                pip.destroy();
            }
            problem = new String(InputFiles.read(said), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank())
                    .reduce((first, last) -> last).orElse(command.get(0) + " failed");
        }
        throw new IOException(problem);
    }

    private static Path wheel(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".whl")).findFirst()
                    .orElseThrow(() -> new IOException("pip downloaded nothing"));
        }
    }
}
