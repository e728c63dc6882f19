package org.perk4j.backend.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of machine code on disk, so that later processes need not compile. An entry is a file named by a digest of
 * everything that the code depends on; it begins with a digest of that and of the code, so that an entry that is damaged,
 * truncated or renamed is detected, and compiled again. Files appear atomically under their names, so processes may share a
 * folder: at worst two of them compile the same code. The least recently used entries are removed when there is too much.
 *
 * <p>If the folder can't be used, each process compiles, which is logged once; nothing fails. It isn't used if others may
 * write to it, since its content runs on the device. Thread-safe.
 */
final class CodeCache {

    private static final Logger LOG = LoggerFactory.getLogger(CodeCache.class);

    private static final String UNFINISHED = "unfinished-";
    /** Compiling takes seconds: an unfinished file older than this was left by a killed process. */
    private static final Duration ABANDONED = Duration.ofHours(1);
    /** Limit for all entries together: each release of this bundle and of the compiler adds some. */
    private static final long MOST_BYTES = 256 << 20;
    private static final String SUFFIX = ".cubin";
    private static final Set<PosixFilePermission> OTHERS_WRITE = Set.of(PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_WRITE);

    private final Path folder;
    private final long mostBytes;
    private final Consumer<String> problem;
    private final AtomicBoolean said = new AtomicBoolean();

    /** @param folder created when it is first needed, for its owner alone */
    CodeCache(Path folder) {
        this(folder, MOST_BYTES, LOG::warn);
    }

    /**
     * @param mostBytes the limit on all entries together
     * @param problem   called once with the reason, if the folder can't be used
     */
    CodeCache(Path folder, long mostBytes, Consumer<String> problem) {
        this.folder = folder;
        this.mostBytes = mostBytes;
        this.problem = problem;
    }

    /** @return the folder of the XDG base directory specification, which says to ignore relative paths */
    static Path folder(Map<String, String> environment, String home) {
        Path cache = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        if (!cache.isAbsolute()) {
            cache = Path.of(environment.getOrDefault("HOME", home)).resolve(".cache");
        }
        return cache.resolve("perk4j").resolve("kernels");
    }

    /**
     * @param input   everything that the code depends on
     * @param compile makes the code, if there is no entry or none that can be trusted
     */
    byte[] code(String input, Supplier<byte[]> compile) {
        byte[] key = sha256(input.getBytes(StandardCharsets.UTF_8));
        Path entry = folder.resolve(HexFormat.of().formatHex(key) + SUFFIX);
        try {
            makeFolder();
            byte[] code = read(entry, key);
            if (code != null) {
                return code;
            }
        } catch (IOException e) {
            sayOnce(e);
        }
        byte[] code = compile.get();
        if (!said.get()) {
            try {
                write(entry, key, code);
            } catch (IOException e) {
                sayOnce(e);
            }
        }
        return code;
    }

    private void makeFolder() throws IOException {
        if (!folder.isAbsolute()) {
            throw new IOException("there is no home folder");
        }
        if (Files.notExists(folder)) {
            Files.createDirectories(folder.getParent(), PosixFilePermissions.asFileAttribute(ownerOnly()));
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(ownerOnly()));
        }
        Object owner = Files.getAttribute(folder, "unix:uid");
        if (!owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                || Files.getPosixFilePermissions(folder).stream().anyMatch(OTHERS_WRITE::contains)) {
            throw new IOException("others may write to it");
        }
    }

    private static Set<PosixFilePermission> ownerOnly() {
        return PosixFilePermissions.fromString("rwx------");
    }

    /** @return null if there is no intact entry */
    private byte[] read(Path entry, byte[] key) throws IOException {
        if (!Files.isRegularFile(entry)) { // reading a pipe would block
            return null;
        }
        byte[] stored;
        try {
            stored = Files.size(entry) > mostBytes ? new byte[0] : Files.readAllBytes(entry);
        } catch (NoSuchFileException e) {
            return null; // the folder was emptied in the meantime
        }
        int head = key.length;
        if (stored.length > head) {
            byte[] code = Arrays.copyOfRange(stored, head, stored.length);
            if (Arrays.equals(stored, 0, head, sha256(key, code), 0, head)) {
                touch(entry);
                return code;
            }
        }
        LOG.info("{} is damaged: its kernels are compiled again", entry);
        return null;
    }

    private void write(Path entry, byte[] key, byte[] code) throws IOException {
        removeAbandoned();
        Path unfinished = Files.createTempFile(folder, UNFINISHED, ""); // readable by its owner only
        try {
            Files.write(unfinished, ByteBuffer.allocate(key.length + code.length).put(sha256(key, code)).put(code).array());
            Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        removeUnused(entry);
    }

    /** Marks an entry as used. Failures are ignored, since only the order of removal depends on it. */
    private static void touch(Path entry) {
        entry.toFile().setLastModified(System.currentTimeMillis());
    }

    /** Removes the least recently used entries until the rest is small enough. */
    private void removeUnused(Path newest) {
        File[] entries = folder.toFile().listFiles((within, name) -> name.endsWith(SUFFIX));
        if (entries == null) {
            return; // the folder was removed in the meantime
        }
        Map<File, Long> used = new HashMap<>(); // read once: another process may change it while they are sorted
        for (File entry : entries) {
            used.put(entry, entry.lastModified());
        }
        Arrays.sort(entries, Comparator.comparing(used::get));
        long bytes = Arrays.stream(entries).mapToLong(File::length).sum();
        for (File entry : entries) {
            long size = entry.length();
            if (bytes > mostBytes && !entry.toPath().equals(newest) && entry.delete()) {
                bytes -= size;
            }
        }
    }

    private void removeAbandoned() throws IOException {
        FileTime limit = FileTime.from(Instant.now().minus(ABANDONED));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, UNFINISHED + "*")) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).compareTo(limit) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            return; // another process has removed it
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private void sayOnce(IOException e) {
        if (said.compareAndSet(false, true)) {
            problem.accept("The compiled kernels can't be cached in " + folder
                    + ", so each process compiles them anew, which takes seconds: " + e);
        }
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
