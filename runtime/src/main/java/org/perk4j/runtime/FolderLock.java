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

/** This process's lock on a folder: on a file in it, which the operating system frees when the process is gone. */
final class FolderLock implements Closeable {

    /**
     * The files that this process has locked. On POSIX systems a process loses its lock on a file as soon as it closes that
     * file, however often it opened it: it must not open one of its own a second time, not even to see that it is locked.
     */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private FolderLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * @param file of the lock
     * @param make whether to make the file if it isn't there
     * @return the lock, or null if this process or another has it, or if the folder has been deleted meanwhile
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

    /** @return null if it is another's, or gone */
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
            return false; // another class loader of this process has it
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
