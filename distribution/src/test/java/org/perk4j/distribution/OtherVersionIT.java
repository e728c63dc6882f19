package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trained adapters and memories know which plugin wrote them, and it is said where another one reads them. */
class OtherVersionIT {

    private static final String WARNING = " was written by the plugin org.perk4j.adapter.lora 9.1.0 and is read by "
            + "org.perk4j.adapter.lora ";

    @TempDir
    private Path folder;

    @Test
    void aMemorySaysWhoWroteItAndAnOtherTrainedAdapterIsTold() throws Exception {
        Path text = Files.writeString(folder.resolve("text.txt"), "Student ID: 1234567, Name: Ada Byron.\n");
        Path adapter = copy(Perk.INSTALLATION.resolve("quickstart/adapter"), folder.resolve("adapter"));
        Perk same = encode(text, adapter, "memory");
        assertEquals(List.of(), warnings(same), "files of before don't say who wrote them");
        String manifest = Files.readString(folder.resolve("memory/perk4j.json"));
        assertTrue(manifest.contains("\"plugin\": \"org.perk4j.adapter.lora 0."), manifest);

        Path file = adapter.resolve("perk4j.json");
        String before = Files.readString(file);
        Files.writeString(file, before.replaceFirst("\\{",
                "{\"plugins\": {\"adapter\": \"org.perk4j.adapter.lora 9.1.0\"},"));
        Perk other = encode(text, adapter, "other");
        assertEquals(1, warnings(other).size(), other.err());
        assertTrue(warnings(other).get(0).contains(file + WARNING), other.err());
    }

    private Perk encode(Path text, Path adapter, String memory) throws Exception {
        Perk encode = Perk.run("encode", text.toString(), "-o", folder.resolve(memory).toString(), "--adapter",
                adapter.toString(),
                "--force");
        assertEquals(0, encode.exitCode(), encode.err());
        return encode;
    }

    private static List<String> warnings(Perk perk) {
        return perk.err().lines().filter(line -> line.contains("was written by the plugin")).toList();
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
