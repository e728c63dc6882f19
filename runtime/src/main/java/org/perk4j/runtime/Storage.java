package org.perk4j.runtime;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder where the framework unpacks what it can't use in place. One process uses it, which holds a lock on a file in
 * it. A temporary folder is deleted at the end. That of a process that was killed is deleted by the next process that makes
 * one, which finds its lock free: the system frees the locks of a process that is gone.
 */
public final class Storage implements AutoCloseable {

    /** What the bundles as shipped put there, 14 MiB of it for a moment, and some room for plugins. */
    private static final long BYTES = 32 << 20;

    private static final String TEMPORARY = "perk4j-process-";

    private static final String LOCK = "in-use";

    /** What the platform makes in it. */
    private static final Set<String> CONTENT = Set.of(Platform.FRAMEWORK, Platform.CONFIGURATIONS);

    private static final String OPTION = "-Djava.io.tmpdir=…";

    private final Path folder;
    private final FolderLock lock;
    private final Thread cleaning;

    private Storage(Path folder, FolderLock lock, boolean temporary) {
        this.folder = folder;
        this.lock = lock;
        this.cleaning = temporary ? new Thread(this::deleteAtLast, "perk storage") : null;
    }

    /**
     * @param folder where it shall be, and stay; null for a temporary one
     * @throws StartException if there can't be such a folder, or no room in it; the message names it
     */
    static Storage open(String folder) throws StartException {
        return folder == null ? temporary("PERK_JAVA_OPTS=" + OPTION + " in the environment") : lasting(Path.of(folder));
    }

    /**
     * Makes a temporary one.
     *
     * @throws StartException if there can't be such a folder, or no room in it; the message names it
     */
    public static Storage temporary() throws StartException {
        return temporary("Java's option " + OPTION);
    }

    private static Storage lasting(Path folder) throws StartException {
        try {
            Files.createDirectories(folder);
            FolderLock lock = FolderLock.take(folder.resolve(LOCK), true);
            if (lock == null) {
                throw new StartException(folder
                        + ", named by perk.storage, is in use by another process: name another for this one");
            }
            requireRoom(folder, "make room, or name another folder by perk.storage");
            return new Storage(folder, lock, false);
        } catch (IOException e) {
            throw new StartException("the folder " + folder + ", named by perk.storage, can't be used: " + reason(e), e);
        }
    }

    private static Storage temporary(String option) throws StartException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        String elsewhere = "name another folder by " + option;
        if (!Files.isDirectory(parent)) {
            throw new StartException("there is no folder " + parent + " for temporary files: make it, or " + elsewhere);
        }
        try {
            Storage storage = null;
            while (storage == null) {
                Path folder = Files.createTempDirectory(parent, TEMPORARY);
                FolderLock lock = FolderLock.take(folder.resolve(LOCK), true);
                // Without a lock another process has just taken the new folder for an abandoned one.
                storage = lock == null ? null : new Storage(folder, lock, true);
            }
            Runtime.getRuntime().addShutdownHook(storage.cleaning); // for a process that is interrupted
            storage.deleteAbandoned(parent);
            requireRoom(storage.folder, "make room, or " + elsewhere);
            return storage;
        } catch (IOException e) {
            throw new StartException("the folder for temporary files, " + parent + ", can't be used (" + reason(e)
                    + "): make room, or " + elsewhere, e);
        }
    }

    private static void requireRoom(Path folder, String remedy) throws IOException, StartException {
        FileStore store = Files.getFileStore(folder);
        long bytes = store.getUsableSpace();
        if (bytes >= 0 && bytes < BYTES && store.getTotalSpace() > 0) { // some file systems don't tell
            throw new StartException("only " + (bytes >> 20) + " MiB are free for " + folder + ", and up to " + (BYTES >> 20)
                    + " are needed for what is unpacked there: " + remedy);
        }
    }

    private static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "no permission to write there";
        }
        return failure instanceof FileSystemException file && file.getReason() != null
                ? file.getReason() : failure.getMessage();
    }

    /** Of this user's alone: nobody else shall choose what is deleted. */
    private void deleteAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, Storage::isTemporary)) {
            for (Path other : folders) {
                try {
                    if (!other.equals(folder)
                            && Files.getOwner(other, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(folder))) {
                        deleteIfAbandoned(other);
                    }
                } catch (IOException e) {
                    // Its process, or another like this one, is just deleting it; or it stays for the next.
                }
            }
        }
    }

    private static boolean isTemporary(Path file) {
        return file.getFileName().toString().matches(TEMPORARY + "\\d+")
                && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static void deleteIfAbandoned(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            // Its process was killed before it took the lock, or went on unpacking after it had given the lock back.
            if (holdsNothingElse(folder)) {
                delete(folder);
            }
            return;
        }
        try (FolderLock lock = FolderLock.take(file, false)) {
            if (lock != null) {
                delete(folder);
            }
        }
    }

    private static boolean holdsNothingElse(Path folder) throws IOException {
        try (Stream<Path> within = Files.list(folder)) {
            return within.allMatch(path -> CONTENT.contains(path.getFileName().toString()));
        }
    }

    /** @return the folder */
    public Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        if (cleaning != null) {
            delete(folder);
            forgetCleaning();
        }
        lock.close();
    }

    private void forgetCleaning() {
        try {
            Runtime.getRuntime().removeShutdownHook(cleaning);
        } catch (IllegalStateException e) {
            // The process is ending: it runs, and finds nothing.
        }
    }

    /** Until nothing more appears: a process that is interrupted goes on meanwhile, and may be unpacking. */
    private void deleteAtLast() {
        try {
            for (int i = 0; i < 20 && Files.exists(folder); i++) {
                try {
                    delete(folder);
                } catch (IOException stillInUse) {
                    // again, after a while; and what is left in the end is the next process's to delete
                }
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The lock last: as long as something is left, it is seen to be abandoned. */
    private static void delete(Path folder) throws IOException {
        Path lock = folder.resolve(LOCK);
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.equals(lock)) {
                    Files.deleteIfExists(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path within, IOException failure) throws IOException {
                if (!within.equals(folder)) {
                    Files.deleteIfExists(within);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        Files.deleteIfExists(lock);
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            Files.createFile(lock);
            throw e;
        }
    }
}
