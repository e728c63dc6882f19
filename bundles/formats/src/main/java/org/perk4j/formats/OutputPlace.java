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
 * A place for a result, made sure of before the work that leads to it: what would keep the result from being written there
 * is found at the start and not in the end. It is tried, as nothing else knows about permissions, quotas and the lengths of
 * names alike. Until it is given back it is this process's alone: another one that wants it is told who has it.
 *
 * <pre>{@code
 * try (OutputPlace place = OutputPlace.ofFile(report)) {
 *     … // hours
 *     AtomicFiles.writeString(report, page);
 * }
 * }</pre>
 *
 * <p>Folders on the way are made. Those that are still empty in the end, as nothing came of the work, are removed again.
 * What a process that was killed left half-written at this place is removed as well.
 */
public final class OutputPlace implements Closeable {

    /** The innermost first. */
    private final Deque<Path> made = new ArrayDeque<>();
    private OutputLock lock;

    private OutputPlace() {
    }

    /**
     * Makes sure of a file that {@link AtomicFiles} is to write; what is there may be replaced.
     *
     * @throws IOException naming the file and what keeps it from being written, such as the process that has the place
     */
    public static OutputPlace ofFile(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw unusable(file, "there is a folder of this name");
        }
        return beside(file, file.toAbsolutePath().normalize());
    }

    /**
     * Makes sure of a folder that is to be written as a whole; what is there may be replaced.
     *
     * @throws IOException naming the folder and what keeps it from being written, such as the process that has the place
     */
    public static OutputPlace ofFolder(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
            throw unusable(folder, "there is a file of this name");
        }
        return beside(folder, Files.exists(folder) ? folder.toRealPath() : folder.toAbsolutePath().normalize());
    }

    /**
     * Makes sure of a folder that files are to be written into, beside those that may be there.
     *
     * @throws IOException naming the folder and what keeps files from being written into it, such as the process that has it
     */
    public static OutputPlace within(Path folder) throws IOException {
        return of(folder, folder.toAbsolutePath().normalize(), "", AtomicFiles.RESULT);
    }

    private static OutputPlace beside(Path target, Path absolute) throws IOException {
        if (absolute.getParent() == null) {
            throw unusable(target, "this is the root of all folders");
        }
        return of(target, absolute.getParent(), "." + absolute.getFileName(), absolute.getFileName().toString());
    }

    /**
     * @param folder   where it is
     * @param lock     what the name of the lock begins with
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
                if (!Files.isDirectory(path)) { // another process may have made it
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
            return Printable.line(folder.toString()) + " is no folder";
        }
        return e instanceof FileSystemException failed && failed.getReason() != null ? failed.getReason() : e.toString();
    }

    /** Gives the place back, whether anything was written there or not. */
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
            made.clear(); // what was written there is the result
        }
    }
}
