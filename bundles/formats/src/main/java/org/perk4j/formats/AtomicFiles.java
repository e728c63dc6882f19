package org.perk4j.formats;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes files and folders as a whole or not at all: under a temporary name in the same folder, forced to the disk, then
 * renamed. If anything fails on the way, such as a full disk, what was there before is unchanged and the temporary file is
 * removed. If the process is killed, the temporary file is removed when {@link OutputPlace} next reserves the place. Missing
 * parent folders are created.
 *
 * <p>New files are readable by their owner only; a file that is replaced keeps its permissions.
 */
public final class AtomicFiles {

    /** Marks temporary files as Perk4J's, so that no other file is mistaken for one. */
    private static final String TEMPORARY = ".perk4j-tmp";

    private static final Pattern NAME = Pattern.compile("\\.(.+)\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
            + Pattern.quote(TEMPORARY), Pattern.DOTALL);

    /** The base name of the temporary folders of {@link #writeFiles}. */
    static final String RESULT = "result";

    private AtomicFiles() {
    }

    /**
     * Writes a file through a buffered stream.
     *
     * @throws NotWrittenException naming the target and the cause
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
        Path temporary = temporary(target);
        try {
            Files.createDirectories(temporary.getParent(), OwnerOnly.folder(temporary));
            try (FileChannel channel = FileChannel.open(temporary,
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), OwnerOnly.file(temporary))) {
                body.accept(channel);
                channel.force(true);
            }
            OwnerOnly.asBefore(target, temporary);
            move(temporary, target);
        } catch (IOException e) {
            throw new NotWrittenException(target, e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Writes a new folder, which may replace an empty one. One with files in it can't be replaced: Java has no atomic
     * exchange of folders.
     *
     * @param body fills the empty folder that it is given
     * @throws FileAlreadyExistsException if there is a file or a folder with files of this name
     * @throws NotWrittenException        naming the target and the cause
     */
    public static void writeFolder(Path target, IOConsumer<Path> body) throws IOException {
        Path temporary = temporary(target);
        try {
            Files.createDirectories(temporary.getParent(), OwnerOnly.folder(temporary));
            Files.createDirectory(temporary, OwnerOnly.folder(temporary));
            body.accept(temporary);
            for (Path written : tree(temporary)) {
                sync(written);
            }
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(target)) {
                throw new FileAlreadyExistsException(target.toString(), null, "there is a file of this name");
            }
            move(temporary, target);
        } catch (DirectoryNotEmptyException e) {
            throw new FileAlreadyExistsException(target.toString(), null,
                    "there is a folder of this name, with something in it");
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            throw new NotWrittenException(target, e);
        } finally {
            deleteTree(temporary);
        }
    }

    /**
     * Writes several files into a folder, beside what else is in it. All are on the disk before the first is renamed, so
     * that old and new files are mixed only for as long as the renaming takes. Not for use by several processes at once.
     *
     * @param body puts the files into the empty folder that it is given
     * @throws NotWrittenException naming the folder and the cause
     */
    public static void writeFiles(Path folder, IOConsumer<Path> body) throws IOException {
        Path temporary = temporary(folder.resolve(RESULT));
        try {
            Files.createDirectories(folder, OwnerOnly.folder(folder));
            Files.createDirectory(temporary, OwnerOnly.folder(temporary));
            body.accept(temporary);
            for (Path file : list(temporary)) {
                OwnerOnly.asBefore(folder.resolve(file.getFileName()), file);
                move(file, folder.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new NotWrittenException(folder, e);
        } finally {
            deleteTree(temporary);
        }
    }

    /**
     * Renames a file or folder within its file system, atomically and durably; replaces a file or an empty folder.
     *
     * @throws NotWrittenException naming {@code to} and the cause
     */
    public static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            sync(to.toAbsolutePath().getParent());
        } catch (IOException e) {
            if (Files.isDirectory(from) && Files.isDirectory(to) && !list(to).isEmpty()) {
                throw new DirectoryNotEmptyException(to.toString()); // the operating systems' messages differ
            }
            throw new NotWrittenException(to, e);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.sorted().toList();
        }
    }

    /** Deletes a folder with its content, if it exists. Links in it are deleted and not followed. */
    public static void deleteTree(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            for (Path path : tree(folder)) {
                Files.delete(path);
            }
        }
    }

    /**
     * Deletes temporary files in {@code folder} that killed processes left behind.
     *
     * @param targets matches the names of the files that were being written; no process may be writing them now
     */
    public static void deleteLeftovers(Path folder, Predicate<String> targets) throws IOException {
        for (Path file : list(folder)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches() && targets.test(name.group(1))) {
                deleteTree(file);
            }
        }
    }

    /** @return whether this is one of this class's temporary files, by its name */
    public static boolean isTemporary(Path file) {
        return NAME.matcher(file.getFileName().toString()).matches();
    }

    /** @return an unused name beside {@code target} */
    static Path temporary(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        return absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
    }

    /** Forces a file, or the entries of a folder, to the disk. */
    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** @return a folder's content, depth first, and the folder itself last */
    private static List<Path> tree(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
