package org.perk4j.backend.cuda;

import java.io.IOException;
import org.junit.jupiter.api.Assumptions;
import org.perk4j.backend.Backend;

/** The machine's first device, for tests that need one. Without a device they are skipped, and say what is missing. */
final class Gpu {

    private Gpu() {
    }

    static Backend backend(Factors factors) throws IOException {
        try {
            Backend backend = CudaBackend.first(factors);
            System.out.println("On a GPU: " + backend.device());
            return backend;
        } catch (IllegalStateException e) {
            if (e.getMessage().startsWith(Devices.BROKEN)) {
                throw e; // there is one
            }
            System.out.println("Tests on a GPU are skipped, there is none here: " + e.getMessage());
            return Assumptions.abort(e.getMessage());
        }
    }
}
