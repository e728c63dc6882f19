package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.perk4j.tensor.DType;

/** Launches the kernels of {@code kernels.cu} in one stream. */
final class Kernels {

    /** The most parts of a matrix that a kernel takes at once; as in kernels.cu. */
    static final int MOST_PARTS = 128;

    private static final int WARPS = 8;
    /** Enough to fill any device; with more elements, each thread processes several. */
    private static final int MOST_BLOCKS = 1 << 14;

    private final Stream stream;
    private final Memory memory;
    private final Tables tables;
    private final ByteBuffer arguments =
            ByteBuffer.allocateDirect(Stream.MOST_BYTES).order(ByteOrder.nativeOrder());

    Kernels(Stream stream, Memory memory, Tables tables) {
        this.stream = stream;
        this.memory = memory;
        this.tables = tables;
    }

    /**
     * Parts of a matrix, at most {@value #MOST_PARTS}, as a kernel's last argument.
     *
     * @param starts where each part begins in the matrix, and where the last one ends
     */
    record Parts(List<CudaTensor> parts, int... starts) {

        private static final int BYTES = MOST_PARTS * Stream.ARGUMENT + (MOST_PARTS + 4) * Integer.BYTES;
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
     * @param arguments tensors, tables and temporaries, or null for none; whole numbers; {@link Double}s, in the type that
     *                  the kernels compute with; at last {@link Parts}
     */
    void launch(String kernel, long blocks, Object... arguments) {
        if (blocks > 0) {
            this.arguments.clear();
            int end = 0;
            for (Object argument : arguments) {
                end = put(end, argument);
            }
            stream.launch(kernel, Math.toIntExact(blocks), this.arguments.limit(end));
        }
    }

    /** @return the place behind the argument; bytes that it doesn't have are 0, so that equal arguments are equal bytes */
    private int put(int at, Object argument) {
        if (argument instanceof Parts parts) {
            put(at, parts);
            return at + Parts.BYTES;
        }
        put(at, 0, 0);
        putShort(at, argument);
        return at + Stream.ARGUMENT;
    }

    private void put(int at, Parts parts) {
        for (int i = 0; i < Parts.BYTES; i += Long.BYTES) {
            arguments.putLong(at + i, 0);
        }
        for (int i = 0; i < parts.parts.size(); i++) {
            putShort(at + i * Stream.ARGUMENT, parts.parts.get(i));
        }
        for (int i = 0; i < parts.starts.length; i++) {
            arguments.putInt(at + MOST_PARTS * Stream.ARGUMENT + i * Integer.BYTES, parts.starts[i]);
        }
    }

    private void putShort(int at, Object argument) {
        if (argument instanceof CudaTensor tensor) {
            put(at, tensor.address(), tensor.hasTangent() ? tensor.tangentAddress() : 0);
        } else if (argument instanceof Tables.Table table) {
            put(at, table.address(), 0);
        } else if (argument instanceof Tables.Rest rest) {
            put(at, rest.address(), 0);
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

    /**
     * @param use what for: two uses never share a table, so that equal numbers for both don't make other work
     * @return numbers on the device, until it is closed
     */
    Tables.Table table(String use, int... numbers) {
        return tables.of(use, numbers);
    }

    /** @return numbers on the device, until it is closed */
    Tables.Table table(String use, long... numbers) {
        return tables.of(use, numbers);
    }

    /** @return numbers on the device, until it is closed */
    Tables.Table table(String use, double... numbers) {
        return tables.of(use, Arrays.stream(numbers).mapToLong(Double::doubleToRawLongBits).toArray());
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
