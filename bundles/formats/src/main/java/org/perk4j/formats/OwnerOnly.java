package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * How files and folders are made: for their owner alone, whatever the umask, where the file system knows of such things. A
 * memory or a trained model gives away what it was made of, so that to share it is for its owner to decide.
 */
final class OwnerOnly {

    private static final FileAttribute<?>[] NONE = {};

    private OwnerOnly() {
    }

    /** @return the attributes with which to make a file there */
    static FileAttribute<?>[] file(Path place) {
        return attributes(place, "rw-------");
    }

    /** @return the attributes with which to make a folder there */
    static FileAttribute<?>[] folder(Path place) {
        return attributes(place, "rwx------");
    }

    private static FileAttribute<?>[] attributes(Path place, String permissions) {
        return knowsOwners(place)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : NONE;
    }

    /** Gives a file's replacement the file's own permissions, as its owner may have set them. */
    static void asBefore(Path file, Path replacement) throws IOException {
        if (knowsOwners(file) && Files.isRegularFile(file)) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!permissions.equals(Files.getPosixFilePermissions(replacement))) {
                Files.setPosixFilePermissions(replacement, permissions);
            }
        }
    }

    private static boolean knowsOwners(Path place) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
