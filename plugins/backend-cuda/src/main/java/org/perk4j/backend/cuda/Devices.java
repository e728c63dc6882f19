package org.perk4j.backend.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.plugin.Diagnosis.Finding;
import org.perk4j.plugin.Diagnosis.Level;

/** The machine's devices, the first as {@code cuda}, the next as {@code cuda:1} and so on; or why there is none. */
final class Devices {

    /** How a finding begins if all libraries are there, but can't be used. */
    static final String BROKEN = "CUDA doesn't start: ";

    private final List<Device> all = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    private Devices() {
    }

    /**
     * Looks for CUDA's libraries, and loads them. What goes wrong is among the findings.
     *
     * @param bindings a folder to unpack into; of this class loader's own, as a file can be loaded by one only
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
            int count = CudaDriver.devices();
            for (int i = 0; i < count; i++) {
                Device device = new Device(new CudaDriver(i), i == 0 ? "cuda" : "cuda:" + i);
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

    List<Device> all() {
        return all;
    }

    /** @return what was found, and what is missing */
    List<Finding> findings() {
        return findings;
    }
}
