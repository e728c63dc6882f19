package org.perk4j.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.tensor.Activation;

/**
 * Loops over vectors keep these in registers once they are compiled. Vectors that don't stay there show in what the thread
 * allocates: at least 64 bytes each. Runs in a process of its own: after other tests of {@link Simd#storeRest}, which is a
 * large compiled method by then, the compiler calls it with a vector on the heap, one for each step of a loop.
 */
class KernelAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int TILE = ActivationKernels.TILE;
    /** With a rest after the last whole vector. */
    private static final int BROKEN = TILE - 21;
    /** So often a loop is run until the compiler, which works beside, must be done with it. */
    private static final int MOST_RUNS = 200_000;
    /** Less than one vector for each of a tile's; a reduction's result, and the rest of a row, may be on the heap. */
    private static final long MOST_BYTES = 512;

    /** A loop over that many elements. */
    @FunctionalInterface
    private interface Loop {
        void run(int n);
    }

    private static ByteBuffer tiles(int count) {
        ByteBuffer tiles = ByteBuffer.allocateDirect(count * TILE * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count * TILE; i++) {
            tiles.putFloat(i * Float.BYTES, 0.01f + i % 97 / 48f);
        }
        return tiles;
    }

    private static Map<String, Loop> loops() {
        ByteBuffer x = tiles(4);
        ByteBuffer s = tiles(4);
        Map<String, Loop> loops = new LinkedHashMap<>();
        for (Activation function : Activation.values()) {
            ActivationKernels kernels = new ActivationKernels(function, s, 0);
            loops.put(function + "'s parts", n -> kernels.prepare(x, 0, n));
            loops.put(function + "'s value", n -> kernels.value(x, 0, s, 2 * TILE, n));
            loops.put(function + "'s derivative", n -> kernels.derivative(x, 0, s, 2 * TILE, n));
            loops.put(function + "'s second derivative", n -> kernels.secondDerivative(x, 0, s, 2 * TILE, n));
        }
        loops.put("soft cap", n -> Rows.softCap(s, 0, n, 30));
        loops.put("gradient through the cap", n -> Rows.throughCap(s, 0, x, 0, n, 30));
        loops.put("its tangent", n -> Rows.throughCapTangent(s, 0, TILE, x, 0, TILE, n, 30));
        loops.put("softmax", n -> Rows.softmax(s, 0, n));
        loops.put("softmax's tangent", n -> Rows.softmaxTangent(s, 0, TILE, n));
        loops.put("multiply-add", n -> Rows.multiplyAdd(s, 0, x, 0, x, TILE, x, 0, x, TILE, n));
        return loops;
    }

    @Test
    void noVectorIsOnTheHeap() {
        Map<String, Loop> loops = loops();
        for (int i = 0; i < 1_000; i++) { // as in a process that has run all of them, on rows of any length
            loops.values().forEach(loop -> loop.run(BROKEN));
        }
        Map<String, Long> allocating = new LinkedHashMap<>();
        loops.forEach((name, loop) -> {
            long bytes = leastBytes(loop);
            if (bytes > MOST_BYTES) {
                allocating.put(name, bytes);
            }
        });
        assertEquals(Map.of(), allocating, "bytes for a tile");
    }

    private static long leastBytes(Loop loop) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < MOST_RUNS && least > MOST_BYTES; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            loop.run(TILE);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
