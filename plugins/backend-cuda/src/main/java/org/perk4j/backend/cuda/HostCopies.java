package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.perk4j.tensor.DType;

/** Copies numbers between heap and device, through a buffer that the driver can read. */
final class HostCopies {

    /** So that the logits of 64 sequences are copied at once. */
    private static final int ELEMENTS = 1 << 22;

    /** What one thread copies of many elements. */
    private static final int AT_ONCE = 1 << 18;

    private final Stream stream;
    private final DType dtype;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    HostCopies(Stream stream, DType dtype) {
        this.stream = stream;
        this.dtype = dtype;
    }

    /** @return the buffer, with room for these elements or, if they are too many, for some of them */
    private ByteBuffer room(long elements) {
        int bytes = (int) Math.min(ELEMENTS, elements) * dtype.bytes();
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return buffer.clear().limit(bytes);
    }

    private interface Part {
        void move(ByteBuffer bytes, long first, int count);
    }

    private void inParts(long elements, Part part) {
        for (long first = 0; first < elements;) {
            ByteBuffer bytes = room(elements - first);
            int count = bytes.remaining() / dtype.bytes();
            part.move(bytes, first, count);
            first += count;
        }
    }

    void upload(long to, double[] elements) {
        inParts(elements.length, (bytes, first, count) -> {
            for (int i = 0; i < count; i++) {
                put(bytes, i, elements[(int) first + i]);
            }
            stream.upload(to + first * dtype.bytes(), bytes);
        });
    }

    /** Takes elements from the buffer's position on. */
    void upload(long to, FloatBuffer elements, long size) {
        inParts(size, (bytes, first, count) -> {
            if (dtype == DType.FLOAT32) {
                copy(bytes.asFloatBuffer(), 0, elements, elements.position(), count);
                elements.position(elements.position() + count);
            } else {
                for (int i = 0; i < count; i++) {
                    put(bytes, i, elements.get());
                }
            }
            stream.upload(to + first * dtype.bytes(), bytes);
        });
    }

    /** By several threads, if there are many. */
    private static void copy(FloatBuffer to, int at, FloatBuffer from, int start, int count) {
        IntStream parts = IntStream.rangeClosed(0, (count - 1) / AT_ONCE);
        (count > AT_ONCE ? parts.parallel() : parts).map(part -> part * AT_ONCE)
                .forEach(i -> to.put(at + i, from, start + i, Math.min(AT_ONCE, count - i)));
    }

    private void put(ByteBuffer bytes, int i, double element) {
        if (dtype == DType.FLOAT32) {
            bytes.putFloat(i * Float.BYTES, (float) element);
        } else {
            bytes.putDouble(i * Double.BYTES, element);
        }
    }

    double[] download(long from, int size) {
        double[] elements = new double[size];
        inParts(size, (bytes, first, count) -> {
            stream.download(bytes, from + first * dtype.bytes());
            for (int i = 0; i < count; i++) {
                elements[(int) first + i] = get(bytes, i);
            }
        });
        return elements;
    }

    /** Puts elements from the buffer's position on. */
    void download(long from, FloatBuffer target, long size) {
        inParts(size, (bytes, first, count) -> {
            stream.download(bytes, from + first * dtype.bytes());
            if (dtype == DType.FLOAT32) {
                copy(target, target.position(), bytes.asFloatBuffer(), 0, count);
                target.position(target.position() + count);
            } else {
                for (int i = 0; i < count; i++) {
                    target.put((float) get(bytes, i));
                }
            }
        });
    }

    private double get(ByteBuffer bytes, int i) {
        return dtype == DType.FLOAT32 ? bytes.getFloat(i * Float.BYTES) : bytes.getDouble(i * Double.BYTES);
    }
}
