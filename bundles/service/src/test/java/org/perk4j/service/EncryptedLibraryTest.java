package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Fingerprint;

/** The same, encrypted. */
class EncryptedLibraryTest extends LibraryTest {

    private static final String SECRET = "The treasure is buried under the old oak of Ilmenau.";

    @TempDir
    private Path keys;

    @Override
    Optional<Path> key() throws IOException {
        return Optional.of(key("key", 1));
    }

    private Path key(String name, long seed) throws IOException {
        byte[] bytes = new byte[32];
        new Random(seed).nextBytes(bytes);
        return Files.writeString(keys.resolve(name), Base64.getEncoder().encodeToString(bytes) + "\n");
    }

    private String refused(Path folder, Optional<Path> with) {
        return assertThrows(IOException.class, () -> new DataFolder(folder, with).close()).getMessage();
    }

    @Test
    void nothingIsReadableOnTheDisk() throws Exception {
        MemoryRow row = add("treasure-of-ilmenau", 1, SECRET);
        close();
        List<String> telling = List.of("treasure", "Ilmenau", "lora", row.digest(), row.text(), row.sha256(),
                "adapter_model\":", "plugin 1", "LORA", "float", "dtype");
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                for (String word : telling) {
                    assertFalse(content.contains(word), word + " in " + file);
                    assertFalse(file.toString().contains(word), word + " in " + file);
                }
            }
        }
        open();
        assertEquals(SECRET, folder.text(library.find("treasure-of-ilmenau").orElseThrow().text()));
    }

    @Test
    void aKeyThatIsMissingOrWrongIsNamedWithItsRemedy(@TempDir Path other) throws Exception {
        add("one", 1, "text");
        close();
        assertTrue(refused(data, Optional.empty()).contains("is encrypted: set PERK_KEY_FILE to the file of its key"));
        Path wrong = key("wrong", 2);
        assertTrue(refused(data, Optional.of(wrong)).startsWith(wrong + ": is not the key that " + data));
        for (String bad : List.of("", "c2hvcnQ=", "no key!")) {
            Path none = Files.writeString(keys.resolve("none"), bad);
            assertTrue(refused(data, Optional.of(none)).contains("must hold 32 random bytes in Base64"), bad);
        }
        assertThrows(NoSuchFileException.class, () -> new DataFolder(data, Optional.of(keys.resolve("nowhere"))).close());
        new DataFolder(other, Optional.empty()).close();
        assertTrue(refused(other, key()).contains("is not encrypted, but PERK_KEY_FILE names a key"));
        open();
        assertTrue(library.read("one").isPresent());
    }

    @Test
    void theKeyIsReplaced() throws Exception {
        add("one", 1, "text");
        close();
        Path before = key("before", 1);
        Path after = key("after", 3);
        assertThrows(IOException.class, () -> DataKey.replace(data, after, before), "it isn't the key");
        DataKey.replace(data, before, after);
        assertTrue(refused(data, Optional.of(before)).contains("is not the key"));
        new DataFolder(data, Optional.of(after)).close();
        DataKey.replace(data, after, before);
        open();
        assertTrue(library.read("one").isPresent());
    }

    @Test
    void whatWasChangedCutOffOrMixedUpIsFound() throws Exception {
        MemoryRow row = add("one", 1, "x".repeat(200_000));
        Path file = data.resolve("texts").resolve(EncryptedPath.plain(folder.texts().path(row.text())).getFileName());
        byte[] whole = Files.readAllBytes(file);
        byte[] changed = whole.clone();
        changed[whole.length / 2] ^= 1;
        byte[] swapped = whole.clone();
        System.arraycopy(whole, 1 << 16, swapped, 2 << 16, 1 << 16);
        for (byte[] bad : List.of(changed, swapped, Arrays.copyOf(whole, 2 << 16),
                Arrays.copyOf(whole, whole.length - 1), new byte[0])) {
            Files.write(file, bad);
            assertTrue(assertThrows(IOException.class, () -> folder.text(row.text())).getMessage()
                    .contains("can't be decrypted"));
        }
        Files.write(file, whole);
        assertEquals(200_000, folder.text(row.text()).length());
    }

    @Test
    void filesAreReadFromAnywhere() throws Exception {
        byte[] content = new byte[300_001];
        new Random(5).nextBytes(content);
        Path file = folder.incoming();
        AtomicFiles.write(file, stream -> stream.write(content));
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(Fingerprint.of(content), Fingerprint.of(file));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            assertEquals(content.length, channel.size());
            for (int at : new int[] {299_990, 0, 65_530, 131_072, 7}) {
                ByteBuffer read = ByteBuffer.allocate(11);
                while (read.hasRemaining()) {
                    assertTrue(channel.read(read, at + read.position()) > 0);
                }
                assertArrayEquals(Arrays.copyOfRange(content, at, at + 11), read.array());
            }
            assertEquals(-1, channel.read(ByteBuffer.allocate(1), content.length));
        }
        AtomicFiles.write(file, stream -> { });
        assertEquals(0, Files.readAllBytes(file).length);
    }
}
