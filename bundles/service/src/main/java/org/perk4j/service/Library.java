package org.perk4j.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.IOConsumer;
import org.perk4j.formats.Json;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memories of a service, by name. Their rows of the database are cached, so that memories can be asked while it is
 * unavailable; changes go to the database first. Thread-safe.
 */
final class Library {

    private static final Logger LOG = LoggerFactory.getLogger(Library.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final String TENSORS = "adapter_model.safetensors";

    private final DataFolder folder;
    private final Database database;
    private final MemoryStore store;
    private final long quota;
    private final Map<String, MemoryRow> rows = new ConcurrentSkipListMap<>();
    /** Memories whose latest uses are not in the database yet. */
    private final Set<String> used = ConcurrentHashMap.newKeySet();
    /** Rows of transactions that failed, but may have been committed: their content is still in use. */
    private final List<MemoryRow> doubtful = new ArrayList<>();

    /** @param quota the most bytes that memories and their texts take */
    Library(DataFolder folder, Database database, MemoryStore store, long quota) {
        this.folder = folder;
        this.database = database;
        this.store = store;
        this.quota = quota;
    }

    /** Reads the database; to be called first. */
    void open() throws SQLException {
        for (MemoryRow row : database.transaction(MemoryTable::all)) {
            rows.put(row.name(), row);
            need(row);
            if (Files.notExists(folder.objects().path(row.digest()))) {
                LOG.error("The memory {} can't be asked: {} is missing; encode it again, or delete it", row.name(),
                        folder.objects().path(row.digest()));
            }
        }
    }

    private void need(MemoryRow row) {
        folder.objects().need(row.digest());
        if (!row.text().isEmpty()) {
            folder.texts().need(row.text());
        }
    }

    /** To be called once its row is deleted. */
    private void release(MemoryRow row) {
        try {
            folder.objects().release(row.digest());
            if (!row.text().isEmpty()) {
                folder.texts().release(row.text());
            }
        } catch (IOException e) {
            LOG.error("The files of the memory {} can't be deleted now; the next start of the service deletes them",
                    row.name(), e);
        }
    }

    /** @return all memories, by name */
    List<MemoryRow> all() {
        return List.copyOf(rows.values());
    }

    Optional<MemoryRow> find(String name) {
        return Optional.ofNullable(rows.get(name));
    }

    /** @throws ApiException if no memory may have that name */
    static String requireName(String name) throws ApiException {
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid("name", "a memory's name has 1 to 100 letters, digits, dots, hyphens or underscores, "
                    + "and begins with a letter or digit");
        }
        return name;
    }

    /** @return the version of the memory's content; empty if there is none of that name */
    Optional<String> version(String name) {
        return find(name).map(MemoryRow::digest);
    }

    /** @return the memory with its tensors, read from its files; empty if there is none of that name */
    Optional<Memory> read(String name) throws IOException {
        Optional<String> version = version(name);
        try {
            return version.isEmpty() ? Optional.empty() : Optional.of(store.read(folder.objects().path(version.get())));
        } catch (NoSuchFileException e) {
            if (version(name).equals(version)) {
                throw e;
            }
            return read(name); // it was replaced or deleted just now
        }
    }

    /**
     * Reads the files of a memory.
     *
     * @param reads is given their folder, which stays until it has read them
     * @throws ApiException if the memory is gone
     */
    void read(MemoryRow row, IOConsumer<Path> reads) throws ApiException, IOException {
        need(row);
        try {
            Path files = folder.objects().path(row.digest());
            if (Files.notExists(files)) {
                throw ApiException.notFound("memory_not_found", "the memory " + row.name() + " is gone");
            }
            reads.accept(files);
        } finally {
            release(row);
        }
    }

    /** Counts that a memory was asked. */
    void use(String name) {
        if (rows.computeIfPresent(name, (same, row) -> row.usedAt(now())) != null) {
            used.add(name);
        }
    }

    /** Reads rows again if it isn't known whether a transaction on them was committed. */
    private void settle() throws SQLException {
        if (doubtful.isEmpty()) {
            return;
        }
        List<MemoryRow> before = Stream.concat(rows.values().stream(), doubtful.stream()).toList();
        Map<String, MemoryRow> known = new HashMap<>();
        for (MemoryRow row : database.transaction(MemoryTable::all)) {
            known.put(row.name(), row);
            need(row);
        }
        doubtful.clear();
        rows.putAll(known);
        rows.keySet().retainAll(known.keySet());
        before.forEach(this::release);
    }

    /** Writes to the database how often memories were asked. To be called regularly. */
    synchronized void flush() {
        try {
            settle();
        } catch (SQLException e) {
            LOG.warn("The database doesn't answer: {}", e.getMessage());
            return;
        }
        List<MemoryRow> told = used.stream().map(rows::get).filter(row -> row != null).toList();
        if (told.isEmpty()) {
            return;
        }
        told.forEach(row -> used.remove(row.name()));
        try {
            database.transaction(connection -> {
                for (MemoryRow row : told) {
                    MemoryTable.used(connection, row.name(), row.used(), row.uses());
                }
                return null;
            });
        } catch (SQLException e) {
            told.forEach(row -> used.add(row.name()));
            LOG.warn("The database doesn't answer; how often memories were asked is written later: {}", e.getMessage());
        }
    }

    /** Further work in the transaction that adds a memory. */
    @FunctionalInterface
    interface Also {
        void in(Connection connection, MemoryRow row) throws SQLException;
    }

    /**
     * Adds a memory, which replaces one of the same name.
     *
     * @param written a folder of {@link DataFolder#incoming}
     * @param writer  the fingerprint of what encoded it; empty if it was imported
     * @param text    the name of its text; empty if that isn't kept
     * @param also    further work in the same transaction
     * @throws QuotaException if there is no room for it
     * @throws SQLException   if the database doesn't take it; then nothing has changed
     */
    synchronized MemoryRow add(String name, Path written, String writer, String text, Also also)
            throws IOException, SQLException {
        settle();
        Memory memory = store.read(written);
        String digest = digest(memory, written);
        long bytes = bytes(written) + (text.isEmpty() ? 0 : Files.size(folder.texts().path(text)));
        MemoryRow row = MemoryRow.of(name, digest, memory, writer, text, name, bytes, now());
        List<MemoryRow> evicted = evictedBy(row);
        need(row);
        try {
            folder.objects().adopt(written, digest);
            put(row, evicted, also);
            return row;
        } catch (SQLException e) {
            doubtful.add(row);
            throw e;
        } catch (IOException | RuntimeException e) {
            release(row);
            throw e;
        }
    }

    /**
     * Adds a name for an existing memory of the same text, which replaces one of that name.
     *
     * @param sha256 of the text
     * @param force  whether the memory may be one whose loss encoding did not lower
     * @return empty if that text has not been encoded by that writer
     */
    synchronized Optional<MemoryRow> again(String name, String sha256, String base, String writer, String text,
                                           boolean force, Also also) throws IOException, SQLException {
        settle();
        Optional<MemoryRow> same = rows.values().stream().filter(row -> row.sha256().equals(sha256)
                && row.base().equals(base) && row.writer().equals(writer) && (force || row.isTakenUp())
                && Files.exists(folder.objects().path(row.digest()))).findFirst();
        if (same.isEmpty()) {
            return same;
        }
        MemoryRow row = same.get().again(name, text, name, now());
        List<MemoryRow> evicted = evictedBy(row);
        need(row);
        try {
            put(row, evicted, also);
            return Optional.of(row);
        } catch (SQLException e) {
            doubtful.add(row);
            throw e;
        } catch (RuntimeException e) {
            release(row);
            throw e;
        }
    }

    private void put(MemoryRow row, List<MemoryRow> evicted, Also also) throws SQLException {
        Optional<MemoryRow> before = find(row.name());
        MemoryRow kept = row.pinned(before.map(MemoryRow::pinned).orElse(false));
        database.transaction(connection -> {
            for (MemoryRow gone : evicted) {
                MemoryTable.delete(connection, gone.name());
            }
            MemoryTable.put(connection, kept);
            also.in(connection, kept);
            return null;
        });
        for (MemoryRow gone : evicted) {
            rows.remove(gone.name());
            LOG.info("Deleted the memory {}, which was asked last at {}, to make room for {}", gone.name(), gone.used(),
                    row.name());
            release(gone);
        }
        rows.put(row.name(), kept);
        before.ifPresent(this::release);
    }

    /** @return the memories to delete to make room for {@code row}: those that were asked longest ago */
    private List<MemoryRow> evictedBy(MemoryRow row) throws QuotaException {
        Map<String, MemoryRow> left = new LinkedHashMap<>(rows);
        left.put(row.name(), row);
        List<MemoryRow> candidates = rows.values().stream().filter(each -> !each.pinned() && !each.name().equals(row.name()))
                .sorted(Comparator.comparing(MemoryRow::used)).toList();
        List<MemoryRow> evicted = new ArrayList<>();
        for (MemoryRow candidate : candidates) {
            if (bytes(left) <= quota) {
                break;
            }
            left.remove(candidate.name());
            evicted.add(candidate);
        }
        if (bytes(left) > quota) {
            throw new QuotaException("there is no room for the memory's " + row.bytes() + " bytes within --quota, "
                    + quota + " bytes: delete or unpin memories, or raise it");
        }
        return evicted;
    }

    /** Content that several names share counts once. */
    private static long bytes(Map<String, MemoryRow> some) {
        Map<String, Long> shared = new HashMap<>();
        some.values().forEach(row -> shared.merge(row.digest(), row.bytes(), Math::max));
        return shared.values().stream().mapToLong(bytes -> bytes).sum();
    }

    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    /** @return the fingerprint of all that answers depend on, so not of what was encoded when */
    private static String digest(Memory memory, Path folder) throws IOException {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("base", memory.baseFingerprint());
        content.put("adapter", memory.adapterType());
        content.put("options", memory.options());
        content.put("configuration", memory.configuration());
        content.put("plugin", memory.provenance().plugin()); // another version may interpret the tensors otherwise
        content.put("tensors", Fingerprint.of(folder.resolve(TENSORS)));
        return Fingerprint.of(Json.writeLine(content).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Pins, unpins or renames a memory.
     *
     * @return empty if there is none of that name
     * @throws ApiException if another memory has the new name
     */
    synchronized Optional<MemoryRow> change(String name, String other, Optional<Boolean> pinned)
            throws ApiException, SQLException {
        settle();
        MemoryRow row = rows.get(name);
        if (row == null) {
            return Optional.empty();
        }
        if (!other.equals(name) && rows.containsKey(other)) {
            throw ApiException.conflict("there is a memory " + other + " already");
        }
        MemoryRow changed = row.named(other).pinned(pinned.orElse(row.pinned()));
        change(row, connection -> {
            MemoryTable.delete(connection, name);
            MemoryTable.put(connection, changed);
            return null;
        });
        rows.remove(name);
        rows.put(other, changed);
        return Optional.of(changed);
    }

    /** @return what was deleted; empty if there is none of that name */
    synchronized Optional<MemoryRow> delete(String name) throws SQLException {
        settle();
        MemoryRow row = rows.get(name);
        if (row == null) {
            return Optional.empty();
        }
        change(row, connection -> {
            MemoryTable.delete(connection, name);
            return null;
        });
        rows.remove(name);
        release(row);
        return Optional.of(row);
    }

    private void change(MemoryRow row, Database.Work<Void> work) throws SQLException {
        try {
            database.transaction(work);
        } catch (SQLException e) {
            need(row);
            doubtful.add(row);
            throw e;
        }
    }

    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
