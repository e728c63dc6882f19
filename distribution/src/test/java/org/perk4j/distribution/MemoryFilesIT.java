package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The files of memories, as users and their file systems see them. */
@DisabledOnOs(OS.WINDOWS)
class MemoryFilesIT {

    @TempDir
    private Path folder;

    @Test
    void aMemoryIsReadAsItWasWrittenOrNotAtAll() throws Exception {
        Path text = Files.writeString(folder.resolve("text.txt"), "Student Id: 3109998, Student Name: Alison Keith, "
                + "Year: Sophomore, School: School of Engineering, Major: Civil Engineering, Grade: 72\n");
        Path memory = folder.resolve("memory");
        assertEquals(0, encode(text, memory).exitCode());
        assertEquals("rwx------", permissions(memory));
        for (String file : new String[] {"adapter_config.json", "adapter_model.safetensors", "perk4j.json"}) {
            assertEquals("rw-------", permissions(memory.resolve(file)), file);
        }

        Path configuration = memory.resolve("adapter_config.json");
        String edited = Files.readString(configuration).replaceFirst("\"lora_alpha\": \\d+", "\"lora_alpha\": 1000");
        Files.writeString(configuration, edited);
        Perk refused = Perk.run("ask", memory.toString(), "Who?");
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("perk: " + configuration + ": was changed since the memory was written: encode"),
                refused.err());

        // without what only Perk4J writes it is an adapter of PEFT's, which says itself what its alpha is
        Files.delete(memory.resolve("perk4j.json"));
        Perk asked = Perk.run("ask", memory.toString(), "Who?", "--base",
                Perk.INSTALLATION.resolve("quickstart/base").toString());
        assertEquals(0, asked.exitCode(), asked.err());

        Files.writeString(configuration, edited.replaceFirst("\\{", "{\"use_qalora\": true, "));
        Perk unknown = Perk.run("ask", memory.toString(), "Who?", "--base",
                Perk.INSTALLATION.resolve("quickstart/base").toString());
        assertEquals(1, unknown.exitCode());
        assertTrue(unknown.err().contains("adapter_config.json: use_qalora: true: this key is not"), unknown.err());
    }

    @Test
    void aPipeIsNotWaitedFor() throws Exception {
        Path pipe = folder.resolve("text.txt");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Perk refused = encode(pipe, folder.resolve("memory"));
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("perk: " + pipe + ": not a file, but a pipe or a device"), refused.err());
    }

    private static Perk encode(Path text, Path memory) throws IOException, InterruptedException {
        return Perk.run("encode", text.toString(), "-o", memory.toString());
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
