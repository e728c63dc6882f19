package org.perk4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstalledAdaptersTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void install() throws IOException {
        install("b-of-one", "one");
        install("c-of-two", "two");
    }

    private void install(String name, String base) throws IOException {
        write(name, "{\"baseFingerprint\": \"" + base + "\", \"adapter\": {\"type\": \"lora\"}, \"optimizer\": "
                + "{\"type\": \"sgd\"}, \"objective\": {\"type\": \"perk\"}, \"support\": false, \"segments\": "
                + "{\"unit\": \"line\", \"typical\": 40, \"longest\": 60, \"most\": 80}, \"steps\": 1}");
    }

    private void write(String name, String manifest) throws IOException {
        Files.writeString(Files.createDirectory(folder.resolve(name)).resolve(TrainedAdapter.MANIFEST), manifest);
    }

    private Path found(String base) throws IOException {
        return new InstalledAdapters(folder).of(base).orElseThrow().path();
    }

    @Test
    void findsTheOneOfTheBase() throws IOException {
        assertEquals(folder.resolve("b-of-one"), found("one"));
        assertEquals(folder.resolve("c-of-two"), found("two"));
        assertTrue(new InstalledAdapters(folder).of("three").isEmpty());
    }

    /** It may be of another base, whose memories nobody is to lose for it. */
    @Test
    void anInvalidOneIsInTheWayOnlyWhereItMayBeMeant() throws IOException {
        write("a-broken", "{");
        assertEquals(folder.resolve("c-of-two"), found("two"));
        IOException e = assertThrows(IOException.class, () -> new InstalledAdapters(folder).of("three"));
        assertTrue(e.getMessage().contains("a-broken"), e.getMessage());
    }
}
