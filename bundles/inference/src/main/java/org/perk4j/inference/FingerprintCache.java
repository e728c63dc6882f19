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
import org.perk4j.formats.UserFolders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of the fingerprints of large files, so that a process needn't read gigabytes before it begins. An entry is a small
 * file, named after everything that distinguishes the current content of a file: its path, device, inode and size, and the
 * times when its content and its inode last changed. Unlike the former time, the latter can't be set back, as {@code touch}
 * does. As file systems' clocks are coarse, a file that changed within the last seconds may change again unnoticed, so it is
 * not cached. Neither is anything cached on file systems without inodes, or if the folder can't be written. Thread-safe.
 */
final class FingerprintCache {

    private static final Logger LOG = LoggerFactory.getLogger(FingerprintCache.class);

    private static final Duration RECENT = Duration.ofSeconds(10);
    /** The most entries: more than anyone has models, but few enough for a fast folder. */
    private static final int MOST = 256;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final Path folder;
    private final Clock clock;

    /** Computes a fingerprint by reading files. */
    @FunctionalInterface
    interface Reading {
        String fingerprint() throws IOException;
    }

    /** @param folder created when it is first needed */
    FingerprintCache(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /** @return the user's cache */
    static FingerprintCache ofUser() {
        return new FingerprintCache(UserFolders.cache("fingerprints"), Clock.systemUTC());
    }

    /**
     * @param reading computes the fingerprint of the files together, if it is not cached
     * @return the fingerprint
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
        if (state.equals(state(files))) { // unchanged in the meantime
            write(entry, fingerprint);
        }
        return fingerprint;
    }

    /** @return what distinguishes the files' current content; empty if that is unknown */
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
        if (!Files.isRegularFile(entry)) { // reading a pipe would block
            return Optional.empty();
        }
        try {
            String kept = new String(InputFiles.read(entry), StandardCharsets.UTF_8);
            return SHA256.matcher(kept).matches() ? Optional.of(kept) : Optional.empty();
        } catch (IOException e) {
            LOG.info("The fingerprint in {} can't be read, so it is computed from the files: {}", entry, e.toString());
            return Optional.empty();
        }
    }

    private void write(Path entry, String fingerprint) {
        try {
            AtomicFiles.writeString(entry, fingerprint);
            removeOldest();
        } catch (IOException | UncheckedIOException e) {
            LOG.info("The model's fingerprint can't be cached, so each process reads the files for it: {}", e.toString());
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
