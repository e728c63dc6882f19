package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Memory, the order of work and failures, with a device that checks what it is asked for: see {@link FakeDriver}. */
class HostSideTest {

    private static final Shape KIBIBYTE = new Shape(16, 16);

    private final FakeDriver driver = new FakeDriver(64 << 10);
    private final Arena arena = new Arena(driver);
    private final CudaBackend backend = new CudaBackend(driver, arena, new CudaSettings(Factors.FLOAT32, 1 << 10, 0));

    private Compute open() {
        return backend.open(DType.FLOAT32);
    }

    private static Shape kibibytes(int count) {
        return new Shape(16 * count, 16);
    }

    private static long count(List<String> calls, String call) {
        return calls.stream().filter(call::equals).count();
    }

    @Test
    void memoryIsUsedAgainWithoutWaiting() {
        try (Compute compute = open()) {
            Tensor x = compute.fill(KIBIBYTE, 1);
            compute.free(compute.add(x, x));
            compute.submit();
            driver.calls();
            for (int i = 0; i < 10; i++) {
                compute.free(compute.add(x, x));
            }
            compute.submit();
            assertEquals(List.of("combine"), driver.calls().stream().distinct().toList());
        }
    }

    @Test
    void onlyDownloadsWait() {
        Heads heads = new Heads(2, 2, 4);
        try (Compute compute = open(); Scope scope = compute.scope()) {
            Tensor packed = compute.fill(new Shape(5, heads.packedColumns()), 1);
            Tensor dual = compute.dual(packed, packed);
            Tensor attended = compute.attention(dual, new AttentionSpec(heads), new Segments(2, 3));
            compute.attentionGradient(dual, attended, new AttentionSpec(heads), new Segments(2, 3));
            compute.layerNormGradient(attended, compute.fill(new Shape(1, 8), 1), attended, 1e-5);
            compute.tokenLoss(attended, compute.fill(new Shape(9, 8), 1), new int[] {1, -1, 2, 3, 4}, true);
            compute.submit();
            List<String> calls = driver.calls();
            assertTrue(calls.contains("attentionByKeys") && calls.contains("crossEntropy"), calls.toString());
            assertFalse(calls.stream().anyMatch(call -> call.startsWith("synchronize") || call.equals("download")),
                    calls.toString());
            compute.download(attended);
            assertEquals(List.of("download"), driver.calls());
        }
    }

    @Test
    void outOfMemoryIdleMemoryGoesBackAndTheCallIsRepeated() {
        try (Compute compute = open()) {
            for (int size = 1; size < 11; size++) { // of ten sizes, a block each: 55 KiB
                compute.free(compute.fill(kibibytes(size), 1));
            }
            compute.submit();
            driver.calls();
            compute.fill(kibibytes(40), 1);
            compute.submit();
            List<String> calls = driver.calls();
            assertEquals("out of memory", calls.get(1), calls.toString());
            assertEquals("synchronize", calls.get(2), "work may use what is freed: " + calls);
            assertTrue(count(calls, "free") > 0, calls.toString());
            assertEquals("fill", calls.get(calls.size() - 1), calls.toString());
        }
    }

    /** The memory that one computation lacks may be idle in another, whose work with it waits. */
    @Test
    void workThatWaitsComesBeforeItsMemoryGoesBack() {
        try (Compute waiting = open(); Compute other = open()) {
            waiting.free(waiting.fill(kibibytes(40), 1));
            driver.calls();
            other.fill(kibibytes(40), 1);
            List<String> calls = driver.calls();
            assertTrue(calls.indexOf("fill") >= 0 && calls.indexOf("fill") < calls.indexOf("free"), calls.toString());
        }
    }

    /** Two computations read the same memory at once; who borrowed it doesn't give it back. */
    @Test
    void whatIsBorrowedStaysWhereItIs() {
        try (Compute lender = open(); Compute beside = lender.beside().orElseThrow()) {
            Tensor weights = lender.fill(kibibytes(10), 1);
            driver.lend(((CudaTensor) weights).address());
            long before = driver.allocatedBytes();
            try (Scope scope = beside.scope()) {
                Tensor borrowed = beside.borrow(lender, weights);
                assertEquals(before, driver.allocatedBytes());
                assertEquals(((CudaTensor) weights).address(), ((CudaTensor) borrowed).address());
                assertEquals(1, count(driver.calls(), "synchronize stream"), "the lender's work is done");
                beside.sumRows(borrowed);
                lender.sumRows(weights);
            }
            assertEquals(0, beside.memory().liveBytes());
            assertTrue(((CudaTensor) beside.fill(kibibytes(10), 2)).address() != ((CudaTensor) weights).address());
        }
    }

    @Test
    void outOfMemoryForGoodTheComputationGoesOn() {
        try (Compute compute = open()) {
            Tensor x = compute.fill(kibibytes(30), 1);
            try (Scope scope = compute.scope()) {
                DeviceException e = assertThrows(DeviceException.class, () -> compute.scoped(() -> {
                    Tensor y = compute.add(x, x);
                    return compute.multiply(y, y);
                }));
                assertEquals(DeviceException.Kind.OUT_OF_MEMORY, e.kind());
                assertTrue(e.getMessage().contains("a fake") && e.getMessage().contains("microBatchTokens"), e.getMessage());
            }
            assertEquals(30 << 10, compute.memory().liveBytes(), "what the failed scope had is free again");
            compute.add(x, x);
        }
    }

    @Test
    void memoryPassesToAnotherStreamOnlyWhenTheFirstHasEnded() {
        try (Compute first = open(); Compute second = open()) {
            first.free(first.fill(KIBIBYTE, 1));
            second.free(second.fill(KIBIBYTE, 1)); // the driver would refuse the first one's block
            assertEquals(2, count(driver.calls(), "allocate 1024"));
        }
        try (Compute third = open()) {
            driver.calls();
            third.fill(KIBIBYTE, 1);
            third.fill(KIBIBYTE, 1);
            third.submit();
            assertEquals(List.of("fill", "fill"), driver.calls(), "nothing is allocated");
        }
    }

    @Test
    void everythingGoesBack() {
        Compute compute = open();
        compute.scope();
        compute.fill(KIBIBYTE, 1);
        compute.close();
        compute.close();
        assertEquals(0, driver.openStreams());
        arena.trim();
        assertEquals(0, driver.allocatedBytes());
        driver.close();
    }

    @Test
    void aRefusedCallLeavesNothingBehind() {
        Heads heads = new Heads(2, 2, 4);
        try (Compute compute = open()) {
            Tensor packed = compute.fill(new Shape(5, heads.packedColumns()), 1);
            Tensor gradient = compute.fill(new Shape(5, heads.queryColumns()), 1);
            long before = compute.memory().liveBytes();
            try (Scope scope = compute.scope()) {
                driver.fail(DeviceException.Kind.REFUSED);
                assertThrows(DeviceException.class,
                        () -> compute.attentionGradient(packed, gradient, new AttentionSpec(heads), new Segments(5)));
            }
            assertEquals(before, compute.memory().liveBytes());
            compute.attentionGradient(packed, gradient, new AttentionSpec(heads), new Segments(5));
        }
    }

    @Test
    void aDeviceThatDoesNotStartOpensNothing() {
        driver.fail(DeviceException.Kind.REFUSED);
        assertThrows(DeviceException.class, this::open);
        assertEquals(0, driver.openStreams());
        open().close();
    }

    @Test
    void aLostDeviceIsLeftAlone() {
        List<String> told = new ArrayList<>();
        driver.whenLost(() -> {
            told.add("lost");
            arena.lose();
        });
        Compute compute = open();
        Compute bystander = open();
        Tensor x = compute.fill(KIBIBYTE, 1);
        bystander.fill(KIBIBYTE, 1);
        driver.fail(DeviceException.Kind.LOST);
        DeviceException e = assertThrows(DeviceException.class, () -> compute.add(x, x));
        assertEquals(DeviceException.Kind.LOST, e.kind());
        assertThrows(DeviceException.class, () -> bystander.fill(KIBIBYTE, 1));
        driver.calls();
        compute.close();
        bystander.close();
        arena.trim();
        assertEquals(List.of("close stream", "close stream"), driver.calls(), "its memory is gone already");
        assertThrows(DeviceException.class, this::open);
        assertEquals(List.of("lost"), told);
        driver.close();
    }

    /** Each in its own stream; memory is short, so that they take idle memory from each other. */
    @Test
    void computationsShareADevice() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int size = 1 + thread;
                done.add(threads.submit(() -> {
                    for (int round = 0; round < 50; round++) {
                        try (Compute compute = open()) {
                            for (int i = 0; i < 20; i++) {
                                try (Scope scope = compute.scope()) {
                                    Tensor x = compute.fill(kibibytes(size + i % 3), 1);
                                    compute.download(compute.add(x, x));
                                }
                            }
                        }
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        arena.trim();
        driver.close();
    }
}
