package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Attributes of new files and folders: for their owner alone, whatever the umask, where the file system supports this. A
 * memory or a trained model reveals the texts that it was made from, so sharing it is its owner's decision.
 */
final class OwnerOnly {

    private static final FileAttribute<?>[] NONE = {};

    private OwnerOnly() {
    }

    /** @return the attributes to create a file with */
    static FileAttribute<?>[] file(Path place) {
        return attributes(place, "rw-------");
    }

    /** @return the attributes to create a folder with */
    static FileAttribute<?>[] folder(Path place) {
        return attributes(place, "rwx------");
    }

    private static FileAttribute<?>[] attributes(Path place, String permissions) {
        return knowsOwners(place)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : NONE;
    }

    /** Copies a file's permissions to its replacement, since its owner may have changed them. */
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
