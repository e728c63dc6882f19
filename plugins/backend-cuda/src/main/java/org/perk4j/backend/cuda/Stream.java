package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;

/** Work for a device, done in the order in which it was asked for. Used by one thread at a time. */
interface Stream extends AutoCloseable {

    /** The threads of a block, for all kernels. */
    int BLOCK = 256;

    /** The bytes that each argument of a kernel takes. */
    int ARGUMENT = 16;

    /** What is multiplied, and in what it is summed. */
    enum Precision {
        /** Floats, summed as floats. */
        FLOAT32,
        /** Doubles, summed as doubles. */
        FLOAT64,
        /** Numbers of bfloat16; sums and result are floats. */
        BFLOAT16
    }

    /** Copies to the device what remains in a direct buffer, which is free again afterwards. */
    void upload(long to, ByteBuffer from);

    /** Copies from the device as much as remains in a direct buffer. Waits for it. */
    void download(ByteBuffer to, long from);

    /** Copies on the device. */
    void copy(long to, long from, long bytes);

    /** Sets bytes to 0. */
    void clear(long at, long bytes);

    /**
     * Runs a kernel.
     *
     * @param blocks    how many, at least 1, of {@value #BLOCK} threads each
     * @param arguments a direct buffer, {@value #ARGUMENT} bytes for each argument, free again afterwards
     */
    void launch(String kernel, int blocks, ByteBuffer arguments);

    /**
     * {@code c = α·op(a)·op(b) + β·c}, row by row, without gaps between rows; op transposes if so said.
     *
     * @param m rows of c
     * @param n columns of c
     * @param k columns of op(a), rows of op(b); none of the three is 0
     */
    void multiply(Precision precision, int m, int n, int k, double alpha, long a, boolean transposeA, long b,
                  boolean transposeB, double beta, long c);

    /** Waits until all is done. */
    void synchronize();

    /** Waits until all is done, and releases the stream. */
    @Override
    void close();
}
