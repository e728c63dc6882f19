package org.perk4j.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.plugin.Diagnosis.Finding;
import org.perk4j.plugin.Diagnosis.Level;

/** The machine's devices, the first as {@code cuda}, the next as {@code cuda:1} and so on; or why there are none. */
final class Devices {

    /** The beginning of a finding if all libraries exist but can't be used. */
    static final String BROKEN = "CUDA doesn't start: ";

    private final List<Device> all = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    private Devices() {
    }

    /**
     * Looks for CUDA's libraries, and loads them. Problems are reported as findings.
     *
     * @param bindings a folder to unpack into, used by this class loader only, since a file can be loaded by one only
     */
    static Devices open(Path bindings) {
        Devices devices = new Devices();
        Libraries libraries = Libraries.find();
        if (libraries.missing().isEmpty()) {
            devices.start(libraries, bindings);
        } else {
            devices.explain(libraries);
        }
        return devices;
    }

    private void explain(Libraries libraries) {
        if (!libraries.found().containsKey(Libraries.Library.DRIVER)) {
            findings.add(new Finding(Level.ABSENT, "no NVIDIA driver here (" + Libraries.Library.DRIVER.file() + ")",
                    Libraries.Library.DRIVER.remedy()));
            return;
        }
        findings.add(Finding.ok("NVIDIA's driver: " + libraries.found().get(Libraries.Library.DRIVER)));
        for (Libraries.Library missing : libraries.missing()) {
            findings.add(new Finding(Level.PROBLEM, "no " + missing.file(), missing.remedy()));
        }
    }

    private void start(Libraries libraries, Path bindings) {
        try {
            libraries.load(bindings);
            libraries.found().values().forEach(library -> findings.add(Finding.ok(library.toString())));
            findings.add(Finding.ok("NVRTC " + Compiler.version() + " compiles the kernels"));
            CudaDriver.Code code = cached(libraries.found().get(Libraries.Library.COMPILER));
            int count = CudaDriver.devices();
            for (int i = 0; i < count; i++) {
                Device device = new Device(new CudaDriver(i, code), i == 0 ? "cuda" : "cuda:" + i);
                findings.add(Finding.ok(device.type() + ": " + device.name()));
                all.add(device);
            }
            if (count == 0) {
                findings.add(new Finding(Level.ABSENT, "NVIDIA's driver sees no device",
                        "see what 'nvidia-smi' says, and CUDA_VISIBLE_DEVICES"));
            }
        } catch (UnsatisfiedLinkError | DeviceException e) {
            findings.add(new Finding(Level.PROBLEM, BROKEN + e.getMessage(),
                    "see whether 'nvidia-smi' works, and whether the driver is as new as CUDA 13 needs it (580)"));
        }
    }

    /**
     * Machine code that is compiled once for all processes of a user. The compiler is identified by its release and by the
     * size and time of its file, as in compiler caches: reading 100 MB each time would cost as much as it saves.
     */
    private static CudaDriver.Code cached(Path compiler) {
        CodeCache cache = new CodeCache(CodeCache.folder(System.getenv(), System.getProperty("user.home")));
        String build;
        try {
            build = Files.size(compiler) + " " + Files.getLastModifiedTime(compiler) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e); // can't happen: it has just been loaded
        }
        return (architecture, dtype) -> cache.code(build + Compiler.input(architecture, dtype),
                () -> Compiler.compile(architecture, dtype).code());
    }

    List<Device> all() {
        return all;
    }

    /** @return what was found and what is missing */
    List<Finding> findings() {
        return findings;
    }
}
