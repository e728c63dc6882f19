package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Fingerprint;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.memory.files.PeftMemoryStore;
import org.perk4j.tensor.Shape;

/** What a service keeps, with H2. */
class LibraryTest {

    private static final String BASE = "b".repeat(64);
    private static final String WRITER = "c".repeat(64);

    private final MemoryStore store = new PeftMemoryStore();
    private long quota = Long.MAX_VALUE;

    @TempDir
    Path data;

    DataFolder folder;
    private Database database;
    Library library;

    Database database(Path file) throws Exception {
        return new Database(new org.h2.Driver(), Database.embedded(file), folder.password());
    }

    Optional<Path> key() throws IOException {
        return Optional.empty();
    }

    @BeforeEach
    void open() throws Exception {
        folder = new DataFolder(data, key());
        database = database(folder.database());
        database.open(folder.id());
        library = new Library(folder, database, store, quota);
        library.open();
        folder.sweep();
    }

    @AfterEach
    void close() throws IOException {
        library.flush();
        database.close();
        folder.close();
    }

    void reopen() throws Exception {
        close();
        open();
    }

    /** @param value that it holds */
    MemoryRow add(String name, float value, String text) throws Exception {
        return add(name, value, text, (connection, row) -> { });
    }

    private MemoryRow add(String name, float value, String text, Library.Also also) throws Exception {
        return add(name, value, text, "plugin 1", also);
    }

    private MemoryRow add(String name, float value, String text, String plugin, Library.Also also) throws Exception {
        Memory memory = new Memory("lora", Map.of("rank", 2.0), Map.of("peft_type", "LORA"), BASE,
                new Memory.Provenance(name, Fingerprint.of(text.getBytes()), 7, List.of(0, 3, text.length()),
                        Instant.parse("2026-01-31T12:00:00Z"), List.of(2.5, 0.25), plugin),
                Map.of("a", new Memory.Matrix(new Shape(1, 2),
                        FloatBuffer.wrap(new float[] {value, 1}).asReadOnlyBuffer())));
        Path written = folder.incoming();
        try (MemoryStore.Place place = store.reserve(written, false)) {
            place.write(memory);
        }
        return library.add(name, written, WRITER, folder.keep(text), also);
    }

    int count(String kind) throws IOException {
        try (Stream<Path> found = Files.list(data.resolve(kind))) {
            return (int) found.count();
        }
    }

    @Test
    void allThatIsKnownIsKnownAgain() throws Exception {
        add("one", 1, "some text");
        library.use("one");
        library.change("one", "other", Optional.of(true));
        List<MemoryRow> before = library.all();
        reopen();
        assertEquals(before, library.all());
        MemoryRow found = library.find("other").orElseThrow();
        assertEquals(List.of(2.5, 0.25), found.losses());
        assertEquals(2, found.segments());
        assertEquals(1, found.uses());
        assertTrue(found.pinned());
        assertEquals("some text", folder.text(found.text()));
        assertEquals(1, library.read("other").orElseThrow().tensors().get("a").elements().get(0));
    }

    @Test
    void whatIsTheSameIsKeptOnce() throws Exception {
        MemoryRow one = add("one", 1, "text");
        assertEquals(one.digest(), add("two", 1, "text").digest());
        assertTrue(library.again("three", one.sha256(), BASE, WRITER, "", false, (connection, row) -> { }).isPresent());
        assertFalse(library.again("four", one.sha256(), "d".repeat(64), WRITER, "", false, (connection, row) -> { })
                .isPresent());
        assertEquals(1, count("objects"));
        library.delete("one");
        library.delete("two");
        assertTrue(library.read("three").isPresent());
        library.delete("three");
        assertTrue(library.read("three").isEmpty());
        assertEquals(0, count("objects"));
    }

    @Test
    void whatOtherVersionsOfAPluginWroteIsNotTheSame() throws Exception {
        MemoryRow one = add("one", 1, "text");
        MemoryRow two = add("two", 1, "text", "plugin 2", (connection, row) -> { });
        assertNotEquals(one.digest(), two.digest());
        assertEquals("plugin 2", library.read("two").orElseThrow().provenance().plugin());
        assertEquals(2, count("objects"));
    }

    @Test
    void deletingDeletes() throws Exception {
        add("one", 1, "text");
        add("two", 2, "other");
        assertEquals("one", library.delete("one").orElseThrow().name());
        assertTrue(library.delete("one").isEmpty());
        assertEquals(1, count("objects"));
        add("two", 3, "third"); // replaces
        assertEquals(1, count("objects"));
        reopen();
        assertEquals(List.of("two"), library.all().stream().map(MemoryRow::name).toList());
        assertEquals(1, count("objects"));
        assertEquals(1, count("texts"));
    }

    @Test
    void whatIsBeingReadStaysUntilThen() throws Exception {
        MemoryRow one = add("one", 1, "text");
        library.read(one, files -> {
            try {
                library.delete("one");
            } catch (SQLException e) {
                throw new IOException(e);
            }
            assertEquals(1, store.read(files).tensors().get("a").elements().get(0));
        });
        assertEquals(0, count("objects"));
        assertThrows(ApiException.class, () -> library.read(one, files -> { }));
    }

    @Test
    void thereIsRoomForThoseThatWereAskedLast() throws Exception {
        long bytes = add("one", 1, "text 1").bytes();
        quota = 2 * bytes + 100; // names are of different lengths
        reopen();
        add("two", 2, "text 2");
        library.use("one");
        add("three", 3, "text 3");
        assertEquals(List.of("one", "three"), library.all().stream().map(MemoryRow::name).toList());
        assertEquals(2, count("objects"));
        library.change("one", "one", Optional.of(true));
        library.change("three", "three", Optional.of(true));
        assertTrue(assertThrows(QuotaException.class, () -> add("four", 4, "text 4")).getMessage().contains("--quota"));
        assertEquals(List.of("one", "three"), library.all().stream().map(MemoryRow::name).toList());
        assertEquals("three", add("three", 5, "text 5").name()); // in its own place there is room
        reopen();
        assertEquals(2, count("objects"));
    }

    @Test
    void whatTheDatabaseDoesntTakeChangesNothing() throws Exception {
        add("one", 1, "text");
        List<MemoryRow> before = library.all();
        assertThrows(SQLException.class, () -> add("one", 2, "other", (connection, row) -> {
            throw new SQLException("away");
        }));
        assertEquals(before, library.all());
        reopen();
        assertEquals(before, library.all());
        assertEquals(1, library.read("one").orElseThrow().tensors().get("a").elements().get(0));
    }

    @Test
    void leftoversAreSwept() throws Exception {
        add("one", 1, "text");
        Files.createDirectories(data.resolve("objects/" + "e".repeat(64)));
        Files.createDirectories(data.resolve("incoming/half"));
        Files.writeString(data.resolve("texts/" + "f".repeat(64)), "left");
        reopen();
        assertEquals(1, count("objects"));
        assertEquals(1, count("texts"));
        assertFalse(Files.exists(data.resolve("incoming")));
    }

    @Test
    void aFolderIsOneProcesssAndADatabaseOneFolders(@TempDir Path other) throws Exception {
        assertTrue(assertThrows(IOException.class, () -> new DataFolder(data, key())).getMessage()
                .contains("this process itself"));
        try (DataFolder another = new DataFolder(other, key())) {
            assertTrue(assertThrows(SQLException.class, () -> database.open(another.id())).getMessage()
                    .contains("another --data"));
        }
    }
}
