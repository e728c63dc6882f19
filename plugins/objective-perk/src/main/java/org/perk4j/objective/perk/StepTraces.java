package org.perk4j.objective.perk;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * What the backward pass needs of each inner step, in a temporary file: written once, read once, in the opposite order, and
 * for long times in between not needed at all. So the computation's memory holds one step's, however many there are. Steps
 * take far longer than writing their adapter does. The file is made with the first tensor; it has no name on systems that
 * allow for that, so that a killed process leaves none behind.
 */
final class StepTraces implements AutoCloseable {

    private final Compute compute;
    private FileChannel file;
    private long end;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    /** A tensor in the file. */
    record Stored(long position, Shape shape) {
    }

    StepTraces(Compute compute) {
        this.compute = compute;
    }

    List<Stored> write(List<Tensor> tensors) {
        List<Stored> stored = new ArrayList<>();
        for (Tensor tensor : tensors) {
            stored.add(write(tensor));
        }
        return stored;
    }

    List<Tensor> read(List<Stored> stored) {
        return stored.stream().map(this::read).toList();
    }

    private Stored write(Tensor tensor) {
        Stored stored = new Stored(end, tensor.shape());
        ByteBuffer bytes = buffer(tensor.shape());
        if (compute.dtype() == DType.FLOAT32) {
            compute.download(tensor, bytes.asFloatBuffer());
        } else {
            bytes.asDoubleBuffer().put(compute.download(tensor));
        }
        try {
            if (file == null) {
                Path path = Files.createTempFile("perk4j-steps", null);
                file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE);
            }
            while (bytes.hasRemaining()) {
                end += file.write(bytes, end);
            }
        } catch (IOException e) {
            throw failed("write", e);
        }
        return stored;
    }

    private Tensor read(Stored stored) {
        ByteBuffer bytes = buffer(stored.shape);
        try {
            while (bytes.hasRemaining()) {
                if (file.read(bytes, stored.position + bytes.position()) < 0) {
                    throw new EOFException("it was cut");
                }
            }
        } catch (IOException e) {
            throw failed("read", e);
        }
        bytes.flip();
        if (compute.dtype() == DType.FLOAT32) {
            return compute.upload(stored.shape, bytes.asFloatBuffer());
        }
        double[] elements = new double[(int) stored.shape.size()];
        bytes.asDoubleBuffer().get(elements);
        return compute.constant(stored.shape, elements);
    }

    /** @return room for a tensor of the shape, overwritten by the next call */
    private ByteBuffer buffer(Shape shape) {
        int bytes = Math.toIntExact(shape.size() * compute.dtype().bytes());
        if (bytes > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return buffer.clear().limit(bytes);
    }

    private static UncheckedIOException failed(String what, IOException cause) {
        return new UncheckedIOException("could not " + what + " the inner steps' temporary file (" + cause.getMessage()
                + "): see that there is room in " + System.getProperty("java.io.tmpdir")
                + ", or name another folder with -Djava.io.tmpdir", cause);
    }

    @Override
    public void close() {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw failed("close", e);
            }
        }
    }
}
