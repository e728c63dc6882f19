package org.perk4j.formats;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock on a place for output, held by one process. It is the operating system's lock on a file of its own, so it is
 * released when the process ends, in whatever way, and never stale. The file names the holder, for people.
 */
final class OutputLock implements Closeable {

    static final String SUFFIX = ".perk4j-lock";

    private static final String HOLDER = "Perk4J: ";

    private static final String RELEASED = "Perk4J: released\n";

    /** An upper bound for the bytes of a holder's description. */
    private static final int LONGEST = 1 << 10;

    /**
     * The locks of this process. On POSIX systems, closing any channel to a file releases the process's lock on it; so the
     * process must not open a lock file of its own a second time.
     */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    /** Another process holds the lock. */
    static final class TakenException extends IOException {

        private static final long serialVersionUID = 1;

        private TakenException(Path target, String holder) {
            super(target + ": is being written by " + holder + ": wait until that has ended, or choose another place");
        }
    }

    private OutputLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * @param target the place, for messages
     * @param file   the lock file, a real path
     * @throws TakenException naming the holder
     */
    static OutputLock take(Path target, Path file) throws IOException {
        if (!OWN.add(file)) {
            throw new TakenException(target, "this process itself");
        }
        FileChannel channel = null;
        try {
            do {
                channel = open(target, file);
            } while (channel == null);
            channel.truncate(0);
            write(channel, HOLDER + self() + "\n");
            return new OutputLock(file, channel);
        } finally {
            if (channel == null) {
                OWN.remove(file);
            }
        }
    }

    /** @return null if the lock was released just now, which deletes the file */
    private static FileChannel open(Path target, Path file) throws IOException {
        requireNoPipe(file);
        FileChannel channel = openFile(target, file);
        boolean taken = false;
        try {
            String holder = read(channel);
            if (!locks(channel)) {
                throw new TakenException(target, holder.startsWith(HOLDER)
                        ? Printable.line(holder.substring(HOLDER.length()).strip()) : "another process");
            }
            String last = read(channel);
            if (last.equals(RELEASED) || Files.notExists(file)) {
                return null;
            }
            if (!last.isEmpty() && !last.startsWith(HOLDER)) {
                throw notOurs(file);
            }
            taken = true;
            return channel;
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private static void requireNoPipe(Path file) throws IOException {
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isRegularFile()) {
                throw notOurs(file);
            }
        } catch (NoSuchFileException e) {
            return; // it will be created
        }
    }

    private static FileFormatException notOurs(Path file) {
        return new FileFormatException(file, "is not one of Perk4J's lock files, which have such names: move it away");
    }

    private static FileChannel openFile(Path target, Path file) throws IOException {
        try {
            return FileChannel.open(file,
                    Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                    LinkOption.NOFOLLOW_LINKS), OwnerOnly.file(file));
        } catch (AccessDeniedException e) {
            if (Files.exists(file)) {
                throw new TakenException(target, "a process of " + Files.getOwner(file).getName() + "'s");
            }
            throw e;
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // held through another class loader of this process
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(LONGEST);
        channel.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8);
    }

    private static void write(FileChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    private static String self() throws IOException {
        return "process " + ProcessHandle.current().pid() + " on " + host() + ", since "
                + Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    /** The host's name, without a network lookup. */
    private static String host() throws IOException {
        Path kernel = Path.of("/proc/sys/kernel/hostname");
        if (Files.isReadable(kernel)) {
            return Files.readString(kernel).strip();
        }
        return System.getenv().getOrDefault("HOSTNAME", System.getenv().getOrDefault("COMPUTERNAME", "this host"));
    }

    /** A process that opened the file before it was deleted and locks it later reads that it has been released. */
    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
            channel.truncate(0);
            write(channel, RELEASED);
        } finally {
            OWN.remove(file);
        }
    }
}
