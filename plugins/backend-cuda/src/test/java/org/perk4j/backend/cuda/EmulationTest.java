package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perk4j.tensor.DType;

/** The emulation finds faults of kernels, each of which is in {@code faults.cu}; and nothing else. */
class EmulationTest {

    private CudaDriver driver;
    private Stream stream;
    private long memory;

    @BeforeAll
    static void load() throws Exception {
        EmulatedCuda.load();
    }

    @BeforeEach
    void start() {
        driver = new CudaDriver(0, EmulatedCuda::code);
        stream = driver.stream(DType.FLOAT32);
        memory = driver.allocate(Stream.BLOCK * Float.BYTES);
    }

    @AfterEach
    void stop() {
        stream.close();
        driver.close();
    }

    private void launch(String kernel, int blocks) {
        ByteBuffer arguments = ByteBuffer.allocateDirect(Stream.ARGUMENT).order(ByteOrder.nativeOrder());
        stream.launch(kernel, blocks, arguments.putLong(0, memory));
    }

    @ParameterizedTest
    @CsvSource({
        "sharedRace, 1, read before it is written",
        "sharedRaceOfWarps, 1, read before it is written",
        "sharedRaceWithinWarp, 1, reads what another writes",
        "sharedWriteAfterRead, 1, reads what another writes",
        "sharedUnwritten, 1, read before it is written",
        "sharedOutside, 1, in shared memory",
        "globalOutside, 1, outside of its allocation",
        "globalRaceOfBlocks, 2, writes what another writes",
        "globalRace, 1, reads what another writes",
        "divergedBarrier, 1, wait for their block",
        "divergedShuffle, 1, wait for their warp"})
    void findsFaults(String kernel, int blocks, String message) {
        boolean[] told = new boolean[1];
        driver.whenLost(() -> told[0] = true);
        DeviceException e = assertThrows(DeviceException.class, () -> launch(kernel, blocks));
        assertEquals(DeviceException.Kind.LOST, e.kind());
        assertTrue(e.getMessage().contains(kernel) && e.getMessage().contains(message), e.getMessage());
        assertTrue(told[0]);
        assertThrows(DeviceException.class, () -> launch("sharedRight", 1), "after such an error a device is unusable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sharedRight", "sharedWithinWarpRight"})
    void letsRightKernelsPass(String kernel) {
        launch(kernel, 1);
        ByteBuffer result = ByteBuffer.allocateDirect(Stream.BLOCK * Float.BYTES).order(ByteOrder.nativeOrder());
        stream.download(result, memory);
        for (int i = 0; i < Stream.BLOCK; i++) {
            assertEquals(kernel.equals("sharedRight") ? Stream.BLOCK - 1 - i : i ^ 1, result.getFloat(i * Float.BYTES));
        }
        driver.free(memory);
    }

    @Test
    void refusesWhatACudaDriverRefuses() {
        assertEquals(DeviceException.Kind.REFUSED, assertThrows(DeviceException.class, () -> launch("absent", 1)).kind());
        assertEquals(DeviceException.Kind.REFUSED,
                assertThrows(DeviceException.class, () -> driver.free(memory + 4)).kind());
        assertEquals(DeviceException.Kind.OUT_OF_MEMORY,
                assertThrows(DeviceException.class, () -> driver.allocate(1L << 40)).kind());
        driver.free(memory);
    }

    @Test
    void aDeviceNeitherReachesNorLosesAnother() {
        CudaDriver other = new CudaDriver(1, EmulatedCuda::code);
        try (other; Stream there = other.stream(DType.FLOAT32)) {
            long apart = other.allocate(Stream.BLOCK * Float.BYTES);
            assertThrows(DeviceException.class, () -> driver.free(apart));
            ByteBuffer arguments = ByteBuffer.allocateDirect(Stream.ARGUMENT).order(ByteOrder.nativeOrder());
            DeviceException e = assertThrows(DeviceException.class,
                    () -> stream.launch("sharedRight", 1, arguments.putLong(0, apart)));
            assertTrue(e.getMessage().contains("another device"), e.getMessage());
            assertThrows(DeviceException.class, driver::synchronize);
            there.launch("sharedRight", 1, arguments);
            other.free(apart);
        }
    }
}
