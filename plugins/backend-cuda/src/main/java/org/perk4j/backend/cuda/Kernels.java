package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.perk4j.tensor.DType;

/** Launches the kernels of {@code kernels.cu} in one stream. */
final class Kernels {

    private static final int WARPS = 8;
    private static final int MOST_ARGUMENTS = 20;
    /** Enough to fill any device; with more elements, each thread processes several. */
    private static final int MOST_BLOCKS = 1 << 14;

    private final Stream stream;
    private final Memory memory;
    private final ByteBuffer arguments = direct(MOST_ARGUMENTS * Stream.ARGUMENT);

    Kernels(Stream stream, Memory memory) {
        this.stream = stream;
        this.memory = memory;
    }

    /** Part of a tensor, as an argument. A tangent at address 0 means none. */
    record Part(long address, long tangent) {
    }

    /** A 64-bit float as an argument, whatever the kernels' type. */
    record Wide(double value) {
    }

    /** Runs a kernel whose threads process one or several elements each. */
    void each(String kernel, long size, Object... arguments) {
        launch(kernel, Math.min(MOST_BLOCKS, blocks(size, Stream.BLOCK)), arguments);
    }

    /** Runs a kernel whose warps process a row each. */
    void rows(String kernel, long rows, Object... arguments) {
        launch(kernel, blocks(rows, WARPS), arguments);
    }

    /** @return the number of blocks, if each processes {@code each} of all elements */
    static long blocks(long all, int each) {
        return (all + each - 1) / each;
    }

    /**
     * Runs a kernel, or nothing if there are no blocks.
     *
     * @param arguments tensors, {@link Part}s and temporaries, or null for none; whole numbers; {@link Double}s, in the type
     *                  that the kernels compute with
     */
    void launch(String kernel, long blocks, Object... arguments) {
        if (blocks > 0) {
            this.arguments.clear();
            for (int i = 0; i < arguments.length; i++) {
                put(i * Stream.ARGUMENT, arguments[i]);
            }
            stream.launch(kernel, Math.toIntExact(blocks), this.arguments.limit(arguments.length * Stream.ARGUMENT));
        }
    }

    private void put(int at, Object argument) {
        if (argument instanceof CudaTensor tensor) {
            put(at, tensor.address(), tensor.hasTangent() ? tensor.tangentAddress() : 0);
        } else if (argument instanceof Part part) {
            put(at, part.address, part.tangent);
        } else if (argument instanceof Memory.Temporary temporary) {
            put(at, temporary.address(), 0);
        } else if (argument == null) {
            put(at, 0, 0);
        } else if (argument instanceof Integer number) {
            arguments.putInt(at, number);
        } else if (argument instanceof Long number) {
            arguments.putLong(at, number);
        } else if (argument instanceof Wide number) {
            arguments.putDouble(at, number.value);
        } else if (argument instanceof Double number && memory.dtype() == DType.FLOAT32) {
            arguments.putFloat(at, number.floatValue());
        } else if (argument instanceof Double number) {
            arguments.putDouble(at, number);
        } else {
            throw new AssertionError("not an argument of a kernel: " + argument.getClass());
        }
    }

    private void put(int at, long address, long tangent) {
        arguments.putLong(at, address);
        arguments.putLong(at + Long.BYTES, tangent);
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** @return numbers on the device, until it is closed */
    Memory.Temporary upload(int... numbers) {
        ByteBuffer bytes = direct(Math.multiplyExact(Integer.BYTES, numbers.length));
        bytes.asIntBuffer().put(numbers);
        return upload(bytes);
    }

    /** @return numbers on the device, until it is closed */
    Memory.Temporary upload(long... numbers) {
        ByteBuffer bytes = direct(Math.multiplyExact(Long.BYTES, numbers.length));
        bytes.asLongBuffer().put(numbers);
        return upload(bytes);
    }

    /** @return numbers on the device, until it is closed */
    Memory.Temporary upload(double... numbers) {
        ByteBuffer bytes = direct(Math.multiplyExact(Double.BYTES, numbers.length));
        bytes.asDoubleBuffer().put(numbers);
        return upload(bytes);
    }

    private Memory.Temporary upload(ByteBuffer bytes) {
        Memory.Temporary temporary = memory.temporary(bytes.remaining());
        if (bytes.hasRemaining()) {
            stream.upload(temporary.address(), bytes);
        }
        return temporary;
    }

    /** Sets value and tangent to 0. */
    void clear(CudaTensor r) {
        clear(r.address(), r.bytes());
    }

    void clear(long at, long bytes) {
        if (bytes > 0) {
            stream.clear(at, bytes);
        }
    }

    void copy(long to, long from, long bytes) {
        if (bytes > 0) {
            stream.copy(to, from, bytes);
        }
    }
}
