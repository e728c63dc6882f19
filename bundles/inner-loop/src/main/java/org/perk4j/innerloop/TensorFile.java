package org.perk4j.innerloop;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Tensors in a temporary file. What the backward pass needs of the inner steps is written once and read once, much later; so
 * the computation's memory holds the tensors of one step, whatever the number of steps.
 *
 * <p>A background thread writes and reads during the computation. Where the file system supports it, it bypasses the page
 * cache, which would cost memory and a copy. The number of buffers between that thread and the computation is bounded: a
 * computation that writes faster than the disk blocks. The file and the thread are created with the first tensor; where the
 * system allows it, the file is unlinked at once, so that a killed process leaves none behind. For use by the computation's
 * thread.
 */
final class TensorFile implements AutoCloseable {

    /** The number of buffers: tensors on their way to the disk, or prefetched and not read yet. */
    private static final int BUFFERS = 6;

    /** Buffers that prefetching must leave free for blocking reads and writes. */
    private static final int LEFT = 2;

    /** Elements of the largest piece that is written or read at once, so that buffers don't grow with the tensors. */
    private static final int PIECE = 1 << 22;

    /** Positions, sizes and addresses are multiples of this, unless the disk has larger blocks. */
    private static final int SMALLEST_BLOCK = 4096;

    private final Compute compute;
    private final int piece;
    private final Semaphore free = new Semaphore(BUFFERS);
    private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
    private ExecutorService disk;
    private FileChannel file;
    private int block;
    private long end;
    private volatile IOException notWritten;

    /** A tensor in the file. */
    static final class Stored {

        private final Shape shape;
        private final List<Piece> pieces = new ArrayList<>();

        private Stored(Shape shape) {
            this.shape = shape;
        }
    }

    /** Part of a tensor. */
    private static final class Piece {

        private final long position;
        private final Shape shape;
        /** Null unless it was prefetched. */
        private CompletableFuture<ByteBuffer> fetched;

        private Piece(long position, Shape shape) {
            this.position = position;
            this.shape = shape;
        }
    }

    TensorFile(Compute compute) {
        this(compute, PIECE);
    }

    /** @param piece the number of elements of the largest piece */
    TensorFile(Compute compute, int piece) {
        this.compute = compute;
        this.piece = piece;
    }

    /** Stores the value of a tensor, without its tangent. */
    Stored write(Tensor tensor) {
        open();
        Stored stored = new Stored(tensor.shape());
        if (tensor.shape().size() <= piece) {
            stored.pieces.add(writePiece(tensor));
            return stored;
        }
        try (Scope scope = compute.scope()) {
            compute.split(tensor, pieces(tensor.shape().size())).forEach(part -> stored.pieces.add(writePiece(part)));
        }
        return stored;
    }

    private List<Shape> pieces(long size) {
        List<Shape> pieces = new ArrayList<>();
        for (long left = size; left > 0; left -= piece) {
            pieces.add(new Shape(1, (int) Math.min(piece, left)));
        }
        return pieces;
    }

    private Piece writePiece(Tensor tensor) {
        requireWritten();
        Piece stored = new Piece(end, tensor.shape());
        free.acquireUninterruptibly();
        ByteBuffer bytes = buffer(tensor.shape());
        if (compute.dtype() == DType.FLOAT32) {
            compute.download(tensor, bytes.asFloatBuffer());
        } else {
            bytes.asDoubleBuffer().put(compute.download(tensor));
        }
        end += bytes.limit();
        disk.execute(() -> {
            try {
                while (bytes.hasRemaining()) {
                    file.write(bytes, stored.position + bytes.position());
                }
            } catch (IOException e) {
                notWritten = e;
            } finally {
                giveBack(bytes);
            }
        });
        return stored;
    }

    /** Prefetches a tensor, if there are buffers for it. */
    void fetch(Stored stored) {
        for (Piece piece : stored.pieces) {
            if (piece.fetched == null && free.availablePermits() > LEFT && free.tryAcquire()) {
                beginReading(piece);
            }
        }
    }

    private void beginReading(Piece stored) {
        stored.fetched = CompletableFuture.supplyAsync(() -> content(stored), disk);
    }

    /** @return a stored tensor, owned by the innermost open scope; may be called once per tensor */
    Tensor read(Stored stored) {
        if (stored.pieces.size() == 1) {
            return read(stored.pieces.get(0));
        }
        return compute.scoped(() -> {
            Tensor row = compute.join(stored.pieces.stream().map(this::read).toArray(Tensor[]::new));
            return compute.reshape(row, stored.shape);
        });
    }

    private Tensor read(Piece stored) {
        if (stored.fetched == null) {
            free.acquireUninterruptibly();
            beginReading(stored);
        }
        ByteBuffer bytes = fetched(stored);
        try {
            requireWritten();
            if (compute.dtype() == DType.FLOAT32) {
                return compute.upload(stored.shape, bytes.asFloatBuffer());
            }
            double[] elements = new double[(int) stored.shape.size()];
            bytes.asDoubleBuffer().get(elements);
            return compute.constant(stored.shape, elements);
        } finally {
            giveBack(bytes);
        }
    }

    private static ByteBuffer fetched(Piece stored) {
        try {
            return stored.fetched.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof UncheckedIOException io ? io : e;
        }
    }

    private ByteBuffer content(Piece stored) {
        ByteBuffer bytes = buffer(stored.shape);
        try {
            while (bytes.hasRemaining()) {
                if (file.read(bytes, stored.position + bytes.position()) < 0) {
                    throw new EOFException("it was truncated");
                }
            }
            return bytes.flip();
        } catch (IOException e) {
            giveBack(bytes);
            requireWritten(); // report the write failure first: it explains this one
            throw failed("read", e);
        }
    }

    /** @return a buffer of whole blocks for a tensor of the shape; a permit of {@link #free} has been acquired before */
    private ByteBuffer buffer(Shape shape) {
        long blocks = (shape.size() * compute.dtype().bytes() + block - 1) / block;
        int bytes = Math.toIntExact(blocks * block);
        ByteBuffer idle = buffers.poll();
        ByteBuffer buffer = idle != null && idle.capacity() >= bytes ? idle
                : ByteBuffer.allocateDirect(bytes + block).alignedSlice(block);
        return buffer.clear().limit(bytes).order(ByteOrder.nativeOrder());
    }

    private void giveBack(ByteBuffer buffer) {
        buffers.add(buffer);
        free.release();
    }

    private void open() {
        if (file != null) {
            return;
        }
        try {
            Path path = Files.createTempFile("perk4j-steps", null);
            block = (int) Math.max(SMALLEST_BLOCK, Files.getFileStore(path).getBlockSize());
            file = opened(path);
        } catch (IOException e) {
            throw failed("make", e);
        }
        disk = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "perk4j-steps");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static FileChannel opened(Path path) throws IOException {
        Set<OpenOption> options = new HashSet<>(Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE, ExtendedOpenOption.DIRECT));
        try {
            return FileChannel.open(path, options);
        } catch (IOException | UnsupportedOperationException refused) {
            options.remove(ExtendedOpenOption.DIRECT);
            return FileChannel.open(path, options);
        }
    }

    private void requireWritten() {
        if (notWritten != null) {
            throw failed("write", notWritten);
        }
    }

    private static UncheckedIOException failed(String what, IOException cause) {
        return new UncheckedIOException("could not " + what + " the inner steps' temporary file (" + cause.getMessage()
                + "): make room in " + System.getProperty("java.io.tmpdir")
                + ", or choose another folder with -Djava.io.tmpdir", cause);
    }

    /** Deletes the file asynchronously, since that takes a second for some GB; then the thread ends. */
    @Override
    public void close() {
        if (file != null) {
            disk.execute(this::remove);
            disk.shutdown();
        }
    }

    private void remove() {
        try {
            file.close();
        } catch (IOException e) {
            throw failed("close", e);
        }
    }
}
