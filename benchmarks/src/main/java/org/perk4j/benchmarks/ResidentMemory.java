package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says that this process has in physical memory. */
final class ResidentMemory {

    private ResidentMemory() {
    }

    static long nowBytes() throws IOException {
        return read("VmRSS:");
    }

    /** The most it ever was, as {@code getrusage} has it in {@code ru_maxrss}. */
    static long peakBytes() throws IOException {
        return read("VmHWM:");
    }

    private static long read(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).findFirst()
                .orElseThrow(() -> new IOException("/proc/self/status doesn't say " + key));
    }
}
