package org.perk4j.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** A disk for files of H2 on which there is room for so many writes. */
public final class FullDisk extends FilePathWrapper {

    private static final String SCHEME = "fulldisk";
    private static volatile int room;

    static {
        FilePath.register(new FullDisk());
    }

    /** @return the URL of a database on this disk instead */
    static String on(String url) {
        return url.replace("jdbc:h2:file:", "jdbc:h2:" + SCHEME + ":");
    }

    static void setRoom(int writes) {
        room = writes;
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return new File(getBase().open(mode));
    }

    private static final class File extends FileBase {

        private final FileChannel file;

        File(FileChannel file) {
            this.file = file;
        }

        private static void take() throws IOException {
            if (room <= 0) {
                throw new IOException("No space left on device");
            }
            room--;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            take();
            return file.write(bytes);
        }

        @Override
        public int write(ByteBuffer bytes, long at) throws IOException {
            take();
            return file.write(bytes, at);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            take(); // what a system took may find no room later
            file.force(metadata);
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            return file.read(bytes);
        }

        @Override
        public int read(ByteBuffer bytes, long at) throws IOException {
            return file.read(bytes, at);
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public FileChannel position(long at) throws IOException {
            file.position(at);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            file.truncate(size);
            return this;
        }

        @Override
        public FileLock tryLock(long at, long size, boolean shared) throws IOException {
            return file.tryLock(at, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }
    }
}
