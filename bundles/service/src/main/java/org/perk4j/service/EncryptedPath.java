package org.perk4j.service;

import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

/**
 * The path of a file in an {@link EncryptedFileSystem}.
 *
 * @param plain where the file is
 */
record EncryptedPath(EncryptedFileSystem system, Path plain) implements Path {

    /** @return where the file is */
    static Path plain(Path path) {
        if (path instanceof EncryptedPath encrypted) {
            return encrypted.plain;
        }
        throw new ProviderMismatchException();
    }

    private Path of(Path other) {
        return other == null ? null : new EncryptedPath(system, other);
    }

    @Override
    public EncryptedFileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return plain.isAbsolute();
    }

    @Override
    public Path getRoot() {
        return of(plain.getRoot());
    }

    @Override
    public Path getFileName() {
        return of(plain.getFileName());
    }

    @Override
    public Path getParent() {
        return of(plain.getParent());
    }

    @Override
    public int getNameCount() {
        return plain.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return of(plain.getName(index));
    }

    @Override
    public Path subpath(int begin, int end) {
        return of(plain.subpath(begin, end));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof EncryptedPath encrypted && plain.startsWith(encrypted.plain);
    }

    @Override
    public boolean endsWith(Path other) {
        return other instanceof EncryptedPath encrypted && plain.endsWith(encrypted.plain);
    }

    @Override
    public Path normalize() {
        return of(plain.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return of(plain.resolve(plain(other)));
    }

    @Override
    public Path relativize(Path other) {
        return of(plain.relativize(plain(other)));
    }

    @Override
    public URI toUri() {
        return plain.toUri();
    }

    @Override
    public Path toAbsolutePath() {
        return of(plain.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        return of(plain.toRealPath(options));
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        return plain.register(watcher, events, modifiers);
    }

    @Override
    public int compareTo(Path other) {
        return plain.compareTo(plain(other));
    }

    @Override
    public String toString() {
        return plain.toString();
    }
}
