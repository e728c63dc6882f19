package org.perk4j.backend.cuda;

import java.nio.ByteBuffer;

/** A queue of work for a device, done in order. Used by one thread at a time. */
interface Stream extends AutoCloseable {

    /** The number of threads in a block, for all kernels. */
    int BLOCK = 256;

    /** The bytes per argument of a kernel; the last one may have more. */
    int ARGUMENT = 16;

    /** The most bytes of a kernel's arguments: all drivers pass as many. */
    int MOST_BYTES = 4096;

    /** The types of factors and sums. */
    enum Precision {
        /** Floats, summed as floats. */
        FLOAT32,
        /** Doubles, summed as doubles. */
        FLOAT64,
        /** Floats that are rounded to 11 bits where the device has tensor cores for that; sums and result are floats. */
        TFLOAT32,
        /** Numbers of bfloat16; sums and result are floats. */
        BFLOAT16
    }

    /** Copies the rest of a direct buffer to the device; the buffer may be reused afterwards. */
    void upload(long to, ByteBuffer from);

    /** Fills the rest of a direct buffer from the device. Waits for completion. */
    void download(ByteBuffer to, long from);

    /** Copies on the device. */
    void copy(long to, long from, long bytes);

    /** Sets bytes to 0. */
    void clear(long at, long bytes);

    /**
     * Runs a kernel.
     *
     * @param blocks    the number of blocks, at least 1, of {@value #BLOCK} threads each
     * @param arguments a direct buffer with {@value #ARGUMENT} bytes per argument, and at most {@value #MOST_BYTES}, which
     *                  may be reused afterwards
     */
    void launch(String kernel, int blocks, ByteBuffer arguments);

    /**
     * {@code c = α·op(a)·op(b) + β·c}, row by row, without gaps between rows; op transposes if the flag is set.
     *
     * @param m rows of c
     * @param n columns of c
     * @param k columns of op(a), rows of op(b); none of the three is 0
     */
    void multiply(Precision precision, int m, int n, int k, double alpha, long a, boolean transposeA, long b,
                  boolean transposeB, double beta, long c);

    /** Waits until all work is done. */
    void synchronize();

    /**
     * @param work launches, products, copies on the device and clearings, which are recorded and not done
     * @throws DeviceException if the device can't record it
     */
    Graph record(Runnable work);

    /** Recorded work. */
    interface Graph extends AutoCloseable {

        /** Does the work, as if it were asked for now. */
        void launch();

        /** Forgets it; work that was launched is done all the same. */
        @Override
        void close();
    }

    /** Waits until all work is done, and releases the stream. */
    @Override
    void close();
}
