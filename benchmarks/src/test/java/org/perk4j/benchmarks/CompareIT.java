package org.perk4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The script {@code compare} on the machine's first GPU, as a user runs it: what it prints says how fast, in what memory.
 */
@Tag("gpu")
class CompareIT {

    /**
     * Skipped where there is no GPU, as the contract of backends is; without a PyTorch that computes on it this fails. (A
     * GPU that is there but can't be used has failed the contract before.)
     */
    @Test
    void computesWhatPyTorchDoes() throws Exception {
        Process compare = new ProcessBuilder("./compare", "--device", "cuda", "--model", "tiny").redirectErrorStream(true)
                .start();
        String last = "";
        try (BufferedReader out = compare.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                System.out.println(line);
                last = line;
            }
        }
        int exitCode = compare.waitFor();
        assumeTrue(exitCode != Platform.NO_DEVICE, last);
        assertEquals(0, exitCode, last);
    }
}
