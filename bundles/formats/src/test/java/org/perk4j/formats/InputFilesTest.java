package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class InputFilesTest {

    @TempDir
    private Path folder;

    /** To open one waits for whoever writes into it. */
    @Test
    void noReaderWaitsForAPipe() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
        for (Path file : List.of(pipe, link, Path.of("/dev/null"))) {
            for (Executable reader : List.<Executable>of(() -> Safetensors.open(file), () -> Json.readObject(file),
                    () -> TextFile.read(file), () -> Fingerprint.of(file))) {
                String message = assertTimeoutPreemptively(Duration.ofSeconds(20),
                        () -> assertThrows(IOException.class, reader)).getMessage();
                assertTrue(message.startsWith(file + ": not a file, but a pipe or a device: "), message);
            }
        }
    }

    @Test
    void aLinkToAFileIsAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        assertEquals("text", TextFile.read(Files.createSymbolicLink(folder.resolve("link"), file)));
    }
}
