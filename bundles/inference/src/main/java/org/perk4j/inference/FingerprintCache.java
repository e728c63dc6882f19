package org.perk4j.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.InputFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fingerprints of large files, kept for the next process, which then needn't read gigabytes before it begins. An entry
 * is a small file, named after all that tells a file as it is now from any other: where it is, its device, inode and
 * size, and when its content and its inode last changed. Nobody can set back the last of these, as {@code touch} sets
 * back the time of the content. Clocks of file systems tick slowly, so a file that changed within the last seconds may
 * change again unnoticed: nothing is kept of it. Neither is anything kept where the file system doesn't know of inodes,
 * or where the folder can't be written. Thread-safe.
 */
final class FingerprintCache {

    private static final Logger LOG = LoggerFactory.getLogger(FingerprintCache.class);

    private static final Duration RECENT = Duration.ofSeconds(10);
    /** Entries that are kept: more than anybody has models, less than what a folder grows slow with. */
    private static final int MOST = 256;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final Path folder;
    private final Clock clock;

    /** Reads files. */
    @FunctionalInterface
    interface Reading {
        String fingerprint() throws IOException;
    }

    /** @param folder made when it is first needed */
    FingerprintCache(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** @return the user's, where the XDG base directory specification has it */
    static FingerprintCache ofUser() {
        Path cache = Path.of(System.getenv().getOrDefault("XDG_CACHE_HOME", ""));
        if (!cache.isAbsolute()) { // the specification ignores such a variable
            cache = Path.of(System.getProperty("user.home"), ".cache");
        }
        return new FingerprintCache(cache.resolve("perk4j").resolve("fingerprints"), Clock.systemUTC());
    }

    /**
     * @param reading gives the fingerprint of the files together, if it isn't known
     * @return that
     */
    String of(Collection<Path> files, Reading reading) throws IOException {
        Optional<String> state = state(files);
        if (state.isEmpty()) {
            return reading.fingerprint();
        }
        Path entry = folder.resolve(Fingerprint.of(state.get().getBytes(StandardCharsets.UTF_8)));
        Optional<String> kept = read(entry);
        if (kept.isPresent()) {
            return kept.get();
        }
        String fingerprint = reading.fingerprint();
        if (state.equals(state(files))) { // nobody changed them meanwhile
            write(entry, fingerprint);
        }
        return fingerprint;
    }

    /** @return what distinguishes the files as they are; empty if that can't be told */
    private Optional<String> state(Collection<Path> files) throws IOException {
        StringBuilder state = new StringBuilder();
        Instant recent = clock.instant().minus(RECENT);
        for (Path file : files) {
            if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                return Optional.empty();
            }
            Map<String, Object> now = new TreeMap<>(Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime"));
            for (String time : new String[] {"lastModifiedTime", "ctime"}) {
                if (((FileTime) now.get(time)).toInstant().isAfter(recent)) {
                    return Optional.empty();
                }
            }
            state.append(file.toRealPath()).append(' ').append(now).append('\n');
        }
        return Optional.of(state.toString());
    }

    private static Optional<String> read(Path entry) {
        if (!Files.isRegularFile(entry)) { // a pipe would hang
            return Optional.empty();
        }
        try {
            String kept = new String(InputFiles.read(entry), StandardCharsets.UTF_8);
            return SHA256.matcher(kept).matches() ? Optional.of(kept) : Optional.empty();
        } catch (IOException e) {
            LOG.info("The fingerprint in {} can't be read, so the model's files are: {}", entry, e.toString());
            return Optional.empty();
        }
    }

    private void write(Path entry, String fingerprint) {
        try {
            AtomicFiles.writeString(entry, fingerprint);
            removeOldest();
        } catch (IOException | UncheckedIOException e) {
            LOG.info("The model's fingerprint can't be kept, so each process reads its files anew: {}", e.toString());
        }
    }

    private void removeOldest() throws IOException {
        List<Path> entries;
        try (Stream<Path> files = Files.list(folder)) {
            entries = files.filter(file -> SHA256.matcher(file.getFileName().toString()).matches()).toList();
        }
        if (entries.size() <= MOST) {
            return;
        }
        Map<Path, Long> times = new HashMap<>();
        for (Path entry : entries) {
            times.put(entry, entry.toFile().lastModified()); // 0 if another process has just removed it
        }
        for (Path old : entries.stream().sorted(Comparator.comparing(times::get)).limit(entries.size() - MOST).toList()) {
            Files.deleteIfExists(old);
        }
    }
}
