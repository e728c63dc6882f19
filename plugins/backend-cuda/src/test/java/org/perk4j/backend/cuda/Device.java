package org.perk4j.backend.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
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
            libraries.missing().stream().findFirst().ifPresent(missing -> skip("no " + missing.file()));
            libraries.load(Files.createDirectories(Path.of("target", "bindings").toAbsolutePath()));
            if (CudaDriver.devices() == 0) {
                skip("NVIDIA's driver sees none");
            }
            driver = new CudaDriver(0);
            arena = new Arena(driver);
            System.out.println("On a GPU: " + driver.device());
        }
        return new CudaBackend(driver, arena, new CudaSettings(bfloat16, CudaSettings.LOGITS));
    }

    private static void skip(String why) {
        System.out.println("Tests on a GPU are skipped, there is none here: " + why);
        Assumptions.abort(why);
    }
}
