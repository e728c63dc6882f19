package org.perk4j.service;

import com.google.crypto.tink.StreamingAead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.perk4j.formats.FileFormatException;

/**
 * A file that is encrypted as it is written, from its beginning to its end, or decrypted as it is read, from anywhere. A
 * segment of it is in memory at a time.
 */
final class EncryptedChannel extends FileChannel {

    private static final byte[] NOTHING_ELSE = {};
    private static final int PIECE = 1 << 16;

    private final Path path;
    private final FileChannel file;
    private final StreamingAead cipher;
    private final WritableByteChannel encrypting;
    /** None before the first byte is read: folders are opened as well. */
    private SeekableByteChannel decrypting;
    private long written;

    private EncryptedChannel(Path path, FileChannel file, StreamingAead cipher, WritableByteChannel encrypting) {
        this.path = path;
        this.file = file;
        this.cipher = cipher;
        this.encrypting = encrypting;
    }

    /** @param file closed with this */
    static EncryptedChannel reading(Path path, FileChannel file, StreamingAead cipher) {
        return new EncryptedChannel(path, file, cipher, null);
    }

    /** @param file empty, and closed with this */
    static EncryptedChannel writing(Path path, FileChannel file, StreamingAead cipher) throws IOException {
        try {
            return new EncryptedChannel(path, file, cipher, cipher.newEncryptingChannel(new Unclosed(file), NOTHING_ELSE));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES-GCM", e);
        }
    }

    /** When the cipher's channel is closed, its last segment still is to reach the disk. */
    private record Unclosed(FileChannel file) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            return file.write(bytes);
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.force(true);
        }
    }

    private SeekableByteChannel decrypting() throws IOException {
        if (decrypting == null) {
            try {
                decrypting = cipher.newSeekableDecryptingChannel(file, NOTHING_ELSE);
            } catch (IOException e) {
                throw damaged(e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java runtime has AES-GCM", e);
            }
        }
        return decrypting;
    }

    private IOException damaged(IOException e) {
        if (e instanceof FileFormatException || e instanceof ClosedChannelException) {
            return e;
        }
        FileFormatException damaged = new FileFormatException(path,
                "can't be decrypted: it is damaged or belongs to other data; restore it from a backup");
        damaged.initCause(e);
        return damaged;
    }

    @Override
    public synchronized int read(ByteBuffer target) throws IOException {
        try {
            int count = decrypting().read(target);
            return count == 0 && target.hasRemaining() && position() >= size() ? -1 : count; // Tink says 0 at the end
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    @Override
    public synchronized int read(ByteBuffer target, long at) throws IOException {
        long before = position();
        try {
            position(at);
            return read(target);
        } finally {
            position(before);
        }
    }

    @Override
    public synchronized int write(ByteBuffer bytes) throws IOException {
        int count = encrypting.write(bytes);
        written += count;
        return count;
    }

    @Override
    public synchronized long position() throws IOException {
        return encrypting != null ? written : decrypting().position();
    }

    @Override
    public synchronized FileChannel position(long at) throws IOException {
        if (encrypting != null) {
            throw new UnsupportedOperationException("it is written from its beginning to its end");
        }
        decrypting().position(at);
        return this;
    }

    @Override
    public synchronized long size() throws IOException {
        try {
            return encrypting != null ? written : decrypting().size();
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    /** What is in a segment that isn't full reaches the disk when this is closed. */
    @Override
    public void force(boolean metadata) throws IOException {
        file.force(metadata);
    }

    @Override
    public synchronized long transferTo(long at, long count, WritableByteChannel target) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, PIECE));
        if (read(piece, at) <= 0) {
            return 0;
        }
        return target.write(piece.flip());
    }

    @Override
    public FileLock lock(long at, long size, boolean shared) throws IOException {
        return file.lock(at, size, shared);
    }

    @Override
    public FileLock tryLock(long at, long size, boolean shared) throws IOException {
        return file.tryLock(at, size, shared);
    }

    @Override
    protected synchronized void implCloseChannel() throws IOException {
        try (file) {
            if (encrypting != null) {
                encrypting.close();
            }
        }
    }

    private static UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException("an encrypted file is read and written by one buffer after the other");
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw unsupported();
    }

    @Override
    public long write(ByteBuffer[] bytes, int offset, int length) {
        throw unsupported();
    }

    @Override
    public int write(ByteBuffer bytes, long at) {
        throw unsupported();
    }

    @Override
    public FileChannel truncate(long size) {
        throw unsupported();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long at, long count) {
        throw unsupported();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long size) {
        throw unsupported();
    }
}
