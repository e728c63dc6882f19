package org.perk4j.formats;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes files and folders as a whole or not at all: under a temporary name in the same folder, forced to the disk, then
 * renamed. If anything fails on the way, a full disk say, what was there before stays as it is and the temporary is
 * removed. Folders on the way to the target are made.
 */
public final class AtomicFiles {

    private AtomicFiles() {
    }

    /**
     * Writes a file through a buffered stream.
     *
     * @throws IOException naming the target and what kept it from being written
     */
    public static void write(Path target, IOConsumer<OutputStream> body) throws IOException {
        writeChannel(target, channel -> {
            OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel));
            body.accept(stream);
            stream.flush();
        });
    }

    /** Writes a file that holds {@code text} in UTF-8. */
    public static void writeString(Path target, String text) throws IOException {
        write(target, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes a file through a channel. */
    public static void writeChannel(Path target, IOConsumer<FileChannel> body) throws IOException {
        Path temporary = sibling(target, UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(temporary.getParent());
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                body.accept(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            sync(temporary.getParent());
        } catch (IOException e) {
            throw notWritten(target, e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Writes a folder; the folder that was there is replaced. One process at a time may do so.
     *
     * <p>No file system can exchange two folders in one step through Java, so the old one is moved aside for an instant.
     * If the machine fails just then, {@link #recoverFolder} finds it.
     *
     * @param body fills the empty folder that it is given
     */
    public static void writeFolder(Path target, IOConsumer<Path> body) throws IOException {
        Path temporary = sibling(target, UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(temporary.getParent());
            recoverFolder(target);
            Files.createDirectory(temporary);
            body.accept(temporary);
            for (Path written : tree(temporary)) {
                sync(written);
            }
            replace(target, temporary);
        } catch (IOException e) {
            throw notWritten(target, e);
        } finally {
            delete(temporary);
        }
    }

    /**
     * Puts back a folder that a crash left aside in the middle of {@link #writeFolder}. To be called before a folder that
     * was written so is read.
     */
    public static void recoverFolder(Path target) throws IOException {
        Path aside = aside(target);
        if (Files.notExists(aside)) {
            return;
        }
        if (Files.exists(target)) {
            delete(aside);
        } else {
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            sync(aside.getParent());
        }
    }

    private static void replace(Path target, Path replacement) throws IOException {
        Path parent = replacement.getParent();
        if (Files.notExists(target, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(replacement, target, StandardCopyOption.ATOMIC_MOVE);
            sync(parent);
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(target.toString(), null, "there is a file of this name");
        }
        Path aside = aside(target);
        Files.move(target, aside, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(replacement, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            throw e;
        }
        sync(parent);
        delete(aside);
    }

    private static Path aside(Path target) {
        return sibling(target, "replaced");
    }

    private static Path sibling(Path target, String suffix) {
        Path absolute = target.toAbsolutePath().normalize();
        return absolute.resolveSibling("." + absolute.getFileName() + "." + suffix);
    }

    /** Forces a file, or the entries of a folder, to the disk. */
    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** @return a folder's content and itself, what is within before what it is in */
    private static List<Path> tree(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            for (Path path : tree(folder)) {
                Files.delete(path);
            }
        }
    }

    private static IOException notWritten(Path target, IOException e) {
        return new IOException(target + ": could not be written: " + reason(e)
                + "; what was there before is unchanged: make room, check permissions, or choose another place", e);
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
            return "permission denied on " + denied.getFile();
        }
        if (e instanceof FileSystemException failed && failed.getReason() == null) {
            return failed.getClass().getSimpleName() + " on " + failed.getFile();
        }
        return e.getMessage();
    }
}
