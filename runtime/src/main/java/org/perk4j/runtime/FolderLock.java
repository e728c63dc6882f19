package org.perk4j.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** This process's lock on a folder: on a file in it, which the operating system unlocks when the process ends. */
final class FolderLock implements Closeable {

    /**
     * The files that this process has locked. On POSIX systems, closing any channel to a file releases the process's lock on
     * it, so the process must not open one of its own lock files a second time, not even to check it.
     */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * @param file the lock file
     * @param make whether to create the file if it doesn't exist
     * @return the lock, or null if this process or another has it, or if the folder has been deleted in the meantime
     */
    static FolderLock take(Path file, boolean make) throws IOException {
        Path real;
        try {
            real = file.getParent().toRealPath().resolve(file.getFileName());
        } catch (NoSuchFileException e) {
            return null;
        }
        if (!OWN.add(real)) {
            return null;
        }
        FileChannel channel = null;
        try {
            channel = open(real, make);
            return channel == null ? null : new FolderLock(real, channel);
        } finally {
            if (channel == null) {
                OWN.remove(real);
            }
        }
    }

    /** @return null if another process has it, or if it is gone */
    private static FileChannel open(Path file, boolean make) throws IOException {
        FileChannel channel;
        try {
            channel = make
                    ? FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS, StandardOpenOption.CREATE)
                    : FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
        boolean taken = false;
        try {
            taken = locks(channel) && Files.exists(file);
            return taken ? channel : null;
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // held through another class loader of this process
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OWN.remove(file);
        }
    }
}
