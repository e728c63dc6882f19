package org.perk4j.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.plugin.Diagnosis.Level;
import org.perk4j.tensor.DType;

/** A device as a backend. */
public final class CudaBackend implements Backend {

    private final Driver driver;
    private final Arena arena;
    private final CudaSettings settings;

    CudaBackend(Driver driver, Arena arena, CudaSettings settings) {
        this.driver = driver;
        this.arena = arena;
        this.settings = settings;
    }

    /**
     * Opens the machine's first device for a program without a framework, which owns it until it ends. May be called once.
     *
     * @param factors how those of products of floats are rounded
     * @throws IllegalStateException if no device can be used; the message says what is missing, and what to do
     * @throws IOException           if there can't be a folder for the bindings, which is deleted when the program ends
     */
    public static CudaBackend first(Factors factors) throws IOException {
        Path bindings = Files.createTempDirectory("perk4j-cuda");
        // Not before: JavaCPP unpacks into the folder whenever it loads another class.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(bindings), "perk4j-cuda"));
        Devices devices = Devices.open(bindings);
        if (devices.all().isEmpty()) {
            throw new IllegalStateException(devices.findings().stream().filter(finding -> finding.level() != Level.OK)
                    .map(finding -> finding.message() + ": " + finding.remedy()).collect(Collectors.joining("; ")));
        }
        return devices.all().get(0).backend(factors);
    }

    private static void delete(Path folder) {
        try (Stream<Path> within = Files.walk(folder)) {
            for (Path path : within.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + folder + " can't be deleted", e);
        }
    }

    @Override
    public String device() {
        Factors factors = settings.factors();
        return driver.device()
                + (factors == Factors.FLOAT32 ? "" : ", products of " + factors.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public Compute open(DType dtype) {
        return new CudaCompute(driver, arena, dtype, settings);
    }
}
