package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The same on a disk that gets full, at whichever write of the database. */
class LibraryOnFullDiskTest extends LibraryTest {

    @Override
    Database database(Path file) {
        FullDisk.setRoom(Integer.MAX_VALUE);
        return new Database(new org.h2.Driver(), FullDisk.on(Database.embedded(file)), Optional.empty());
    }

    private Map<String, String> digests() {
        return new TreeMap<>(library.all().stream().collect(Collectors.toMap(MemoryRow::name, MemoryRow::digest)));
    }

    /** All that is told of is there, and nothing else. */
    private void assertWhole() throws Exception {
        for (MemoryRow row : library.all()) {
            assertTrue(library.read(row.name()).isPresent());
            assertEquals("text of " + row.name(), folder.text(row.text()));
        }
        assertEquals(digests().size(), count("objects"));
    }

    /** @return what the memories were after each try, the last of which the disk had room for */
    private List<Map<String, String>> tries(Callable<?> change, boolean goesOn) throws Exception {
        List<Map<String, String>> found = new ArrayList<>();
        boolean done = false;
        for (int room = 0; !done; room++) {
            FullDisk.setRoom(room);
            try {
                change.call();
                done = true;
            } catch (NotStoredException e) {
                assertTrue(e.getMessage().contains("No space left on device: make room"), e.getMessage());
            }
            assertTrue(library.read("kept").isPresent(), "what was there is answered from");
            FullDisk.setRoom(Integer.MAX_VALUE);
            if (goesOn) {
                library.flush();
            } else {
                reopen();
                assertEquals(digests().size(), count("texts"));
            }
            assertWhole();
            found.add(digests());
        }
        assertTrue(found.size() > 2, "it wrote more than once");
        return found;
    }

    private void assertAllOrNothing(Callable<?> change, Callable<?> undo) throws Exception {
        for (boolean goesOn : List.of(true, false)) {
            Map<String, String> before = digests();
            List<Map<String, String>> found = tries(change, goesOn);
            Map<String, String> after = found.get(found.size() - 1);
            assertTrue(found.stream().allMatch(each -> each.equals(before) || each.equals(after)), found.toString());
            undo.call();
            assertEquals(before, digests());
        }
    }

    @Test
    void aMemoryIsAddedOrNot() throws Exception {
        add("kept", 1, "text of kept");
        assertAllOrNothing(() -> add("new", 2, "text of new"), () -> library.delete("new"));
    }

    @Test
    void aMemoryIsReplacedOrNot() throws Exception {
        add("kept", 1, "text of kept");
        add("other", 2, "text of other");
        assertAllOrNothing(() -> add("other", 3, "text of other"), () -> add("other", 2, "text of other"));
    }

    @Test
    void aMemoryIsDeletedOrNot() throws Exception {
        add("kept", 1, "text of kept");
        add("other", 2, "text of other");
        assertAllOrNothing(() -> library.delete("other"), () -> add("other", 2, "text of other"));
    }
}
