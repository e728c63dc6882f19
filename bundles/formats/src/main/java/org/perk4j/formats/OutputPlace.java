package org.perk4j.formats;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A place for a result, reserved before the work begins: an obstacle to writing the result there is reported at the start,
 * not at the end. The check is a trial write, the only way to find out about permissions, quotas and limits of file names.
 * Until it is closed, the place belongs to this process; another one that asks for it is told which process has it.
 * <pre>{@code
 * try (OutputPlace place = OutputPlace.ofFile(report)) {
 *     … // hours
 *     AtomicFiles.writeString(report, page);
 * }
 * }</pre>
 *
 * <p>Missing parent folders are created, and removed on closing if they are still empty. Temporary files that a killed
 * process left at this place are removed as well.
 */
public final class OutputPlace implements Closeable {

    /** The innermost first. */
    private final Deque<Path> made = new ArrayDeque<>();
    private OutputLock lock;

    private OutputPlace() {
    }

    /**
     * Reserves a place for a file that {@link AtomicFiles} will write; an existing file may be replaced.
     *
     * @throws IOException naming the file and the obstacle, such as another process that has the place
     */
    public static OutputPlace ofFile(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw unusable(file, "there is a folder of this name");
        }
        return beside(file, file.toAbsolutePath().normalize());
    }

    /**
     * Reserves a place for a folder that will be written as a whole; an existing one may be replaced.
     *
     * @throws IOException naming the folder and the obstacle, such as another process that has the place
     */
    public static OutputPlace ofFolder(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw unusable(folder, "there is a file of this name");
        }
        return beside(folder, Files.exists(folder) ? folder.toRealPath() : folder.toAbsolutePath().normalize());
    }

    /**
     * Reserves a folder, existing or not, to write files into.
     *
     * @throws IOException naming the folder and the obstacle, such as another process that has it
     */
    public static OutputPlace within(Path folder) throws IOException {
        return of(folder, folder.toAbsolutePath().normalize(), "", AtomicFiles.RESULT);
    }

    private static OutputPlace beside(Path target, Path absolute) throws IOException {
        if (absolute.getParent() == null) {
            throw unusable(target, "it is the root folder");
        }
        return of(target, absolute.getParent(), "." + absolute.getFileName(), absolute.getFileName().toString());
    }

    /**
     * @param folder   the folder that contains it
     * @param lock     the beginning of the lock file's name
     * @param written  the name of what is written there
     */
    private static OutputPlace of(Path target, Path folder, String lock, String written) throws IOException {
        OutputPlace place = new OutputPlace();
        try {
            place.make(folder);
            place.lock = OutputLock.take(target, folder.toRealPath().resolve(lock + OutputLock.SUFFIX));
            AtomicFiles.deleteLeftovers(folder, written::equals);
            Path tried = AtomicFiles.temporary(folder.resolve(written));
            Files.createFile(tried, OwnerOnly.file(tried));
            Files.delete(tried);
            return place;
        } catch (OutputLock.TakenException e) {
            place.close();
            throw e;
        } catch (IOException e) {
            place.close();
            String reason = reason(e, folder);
            throw new NotWrittenException(unusable(target, reason).getMessage(), reason, e);
        }
    }

    private void make(Path folder) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path path = folder; path != null && Files.notExists(path); path = path.getParent()) {
            missing.push(path);
        }
        for (Path path : missing) {
            try {
                Files.createDirectory(path, OwnerOnly.folder(path));
                made.push(path);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(path)) { // another process may have created it
                    throw e;
                }
            }
        }
    }

    private static IOException unusable(Path target, String reason) {
        return new FileFormatException(target, "can't be written: " + reason + ": choose another place");
    }

    private static String reason(IOException e, Path folder) {
        if (e instanceof AccessDeniedException) {
            return "permission denied in " + Printable.line(folder.toString());
        }
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            return Printable.line(folder.toString()) + " is not a folder";
        }
        return e instanceof FileSystemException failed && failed.getReason() != null ? failed.getReason() : e.toString();
    }

    /** Releases the place, whether anything was written there or not. */
    @Override
    public void close() throws IOException {
        try {
            if (lock != null) {
                lock.close();
            }
            while (!made.isEmpty()) {
                Files.deleteIfExists(made.pop());
            }
        } catch (DirectoryNotEmptyException e) {
            made.clear(); // not empty: they hold the result
        }
    }
}
