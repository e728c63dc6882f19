package org.perk4j.service;

import com.google.crypto.tink.StreamingAead;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Another one's files, whose content is encrypted: whoever reads and writes files needs not know. Names, and the sizes that
 * attributes tell, are those on the disk. A file that is read and written at once is a lock, and stays plain.
 */
final class EncryptedFileSystem extends FileSystem {

    private final FileSystem plain;
    private final FileSystemProvider provider;

    private EncryptedFileSystem(FileSystem plain, StreamingAead cipher) {
        this.plain = plain;
        this.provider = new Provider(plain.provider(), cipher);
    }

    /** @return the same folder, with encrypted files in it */
    static Path of(Path folder, StreamingAead cipher) {
        return new EncryptedPath(new EncryptedFileSystem(folder.getFileSystem(), cipher), folder);
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("it is open as long as the one is that it is of");
    }

    @Override
    public boolean isOpen() {
        return plain.isOpen();
    }

    @Override
    public boolean isReadOnly() {
        return plain.isReadOnly();
    }

    @Override
    public String getSeparator() {
        return plain.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return () -> encrypted(plain.getRootDirectories().iterator());
    }

    private Iterator<Path> encrypted(Iterator<Path> paths) {
        return new Iterator<>() {

            @Override
            public boolean hasNext() {
                return paths.hasNext();
            }

            @Override
            public Path next() {
                return new EncryptedPath(EncryptedFileSystem.this, paths.next());
            }
        };
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return plain.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return plain.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return new EncryptedPath(this, plain.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        PathMatcher matcher = plain.getPathMatcher(pattern);
        return path -> matcher.matches(EncryptedPath.plain(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return plain.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
        return plain.newWatchService();
    }

    /** Does what another one does, but for what files hold. */
    private final class Provider extends FileSystemProvider {

        private final FileSystemProvider plain;
        private final StreamingAead cipher;

        Provider(FileSystemProvider plain, StreamingAead cipher) {
            this.plain = plain;
            this.cipher = cipher;
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path file = EncryptedPath.plain(path);
            if (!options.contains(StandardOpenOption.WRITE)) {
                if (options.contains(StandardOpenOption.APPEND)) {
                    throw new UnsupportedOperationException("an encrypted file is written as a whole");
                }
                return EncryptedChannel.reading(file, plain.newFileChannel(file, options, attributes), cipher);
            }
            if (options.contains(StandardOpenOption.READ)) {
                return plain.newFileChannel(file, options, attributes);
            }
            Set<OpenOption> anew = new HashSet<>(options);
            anew.add(StandardOpenOption.TRUNCATE_EXISTING);
            return EncryptedChannel.writing(file, plain.newFileChannel(file, anew, attributes), cipher);
        }

        @Override
        public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
                                                  FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> found = plain.newDirectoryStream(EncryptedPath.plain(folder),
                    path -> filter.accept(new EncryptedPath(EncryptedFileSystem.this, path)));
            return new DirectoryStream<>() {

                @Override
                public Iterator<Path> iterator() {
                    return encrypted(found.iterator());
                }

                @Override
                public void close() throws IOException {
                    found.close();
                }
            };
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            plain.createDirectory(EncryptedPath.plain(folder), attributes);
        }

        @Override
        public void delete(Path path) throws IOException {
            plain.delete(EncryptedPath.plain(path));
        }

        @Override
        public void copy(Path from, Path to, CopyOption... options) throws IOException {
            plain.copy(EncryptedPath.plain(from), EncryptedPath.plain(to), options);
        }

        @Override
        public void move(Path from, Path to, CopyOption... options) throws IOException {
            plain.move(EncryptedPath.plain(from), EncryptedPath.plain(to), options);
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return plain.isSameFile(EncryptedPath.plain(path), EncryptedPath.plain(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return plain.isHidden(EncryptedPath.plain(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return plain.getFileStore(EncryptedPath.plain(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            plain.checkAccess(EncryptedPath.plain(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return plain.getFileAttributeView(EncryptedPath.plain(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return plain.readAttributes(EncryptedPath.plain(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return plain.readAttributes(EncryptedPath.plain(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            plain.setAttribute(EncryptedPath.plain(path), attribute, value, options);
        }

        @Override
        public String getScheme() {
            return "perk4j-encrypted";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException("it has no URI");
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return EncryptedFileSystem.this;
        }

        @Override
        public Path getPath(URI uri) {
            return new EncryptedPath(EncryptedFileSystem.this, plain.getPath(uri));
        }
    }
}
