package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.perk4j.backend.Backend;

/** The machine's first device, for tests that need one. Without a device they are skipped, and say what is missing. */
final class Device {

    private static CudaDriver driver;
    private static Arena arena;

    private Device() {
    }

    static synchronized Backend backend(boolean bfloat16) throws Exception {
        if (driver == null) {
            Libraries libraries = Libraries.find();
            assumeTrue(libraries.missing().isEmpty(), () -> "skipped, no GPU: there is no "
                    + libraries.missing().get(0).file() + ": " + libraries.missing().get(0).remedy());
            libraries.load(Files.createDirectories(Path.of("target", "bindings").toAbsolutePath()));
            assumeTrue(CudaDriver.devices() > 0, "skipped, no GPU: NVIDIA's driver sees none");
            driver = new CudaDriver(0);
            arena = new Arena(driver);
            System.out.println("On a GPU: " + driver.device());
        }
        return new CudaBackend(driver, arena, new CudaSettings(bfloat16, CudaSettings.LOGITS));
    }
}
