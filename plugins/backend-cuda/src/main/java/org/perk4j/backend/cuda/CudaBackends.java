package org.perk4j.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.perk4j.backend.Backend;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.plugin.Plugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes each of the machine's devices as a backend: the first as {@code cuda}, the next as {@code cuda:1} and so on, and
 * each once more with {@code -bf16} behind, which multiplies numbers of bfloat16. Without a device nothing is published, and
 * the log says why in one line; so does the diagnosis.
 */
@Component(immediate = true)
public final class CudaBackends implements Diagnosis {

    private static final Logger LOG = LoggerFactory.getLogger(CudaBackends.class);

    private final BundleContext context;
    private final List<Published> devices = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    /** Called by Declarative Services. */
    @Activate
    public CudaBackends(BundleContext context) {
        this.context = context;
        Libraries libraries = Libraries.find();
        if (libraries.missing().isEmpty()) {
            start(libraries);
        } else {
            explain(libraries);
        }
    }

    private void explain(Libraries libraries) {
        if (!libraries.found().containsKey(Libraries.Library.DRIVER)) {
            absent("no NVIDIA driver here (" + Libraries.Library.DRIVER.file() + ")", Libraries.Library.DRIVER.remedy());
            return;
        }
        findings.add(Finding.ok("NVIDIA's driver: " + libraries.found().get(Libraries.Library.DRIVER)));
        for (Libraries.Library missing : libraries.missing()) {
            findings.add(new Finding(Level.PROBLEM, "no " + missing.file(), missing.remedy()));
        }
        LOG.warn("There is a driver for NVIDIA's GPUs, but no {}: see 'perk doctor'", libraries.missing().stream()
                .map(Libraries.Library::file).collect(Collectors.joining(", ")));
    }

    private void absent(String message, String remedy) {
        findings.add(new Finding(Level.ABSENT, message, remedy));
        LOG.info("No GPU to compute on: {}", message);
    }

    private void start(Libraries libraries) {
        try {
            libraries.load(bindings());
            libraries.found().values().forEach(library -> findings.add(Finding.ok(library.toString())));
            findings.add(Finding.ok("NVRTC " + Compiler.version() + " compiles the kernels"));
            int count = CudaDriver.devices();
            for (int i = 0; i < count; i++) {
                publish(new CudaDriver(i), i == 0 ? "cuda" : "cuda:" + i);
            }
            if (count == 0) {
                absent("NVIDIA's driver sees no device", "see what 'nvidia-smi' says, and CUDA_VISIBLE_DEVICES");
            }
        } catch (UnsatisfiedLinkError | DeviceException e) {
            findings.add(new Finding(Level.PROBLEM, "CUDA doesn't start: " + e.getMessage(),
                    "see whether 'nvidia-smi' works, and whether the driver is as new as CUDA 13 needs it (580)"));
            LOG.warn("CUDA doesn't start: {}", e.getMessage());
        }
    }

    /** A folder of this bundle's own, as a file can be loaded by one class loader only. */
    private Path bindings() {
        try {
            return Files.createDirectories(context.getDataFile("bindings").toPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void publish(Driver driver, String type) {
        findings.add(Finding.ok(type + ": " + driver.device()));
        devices.add(new Published(driver, type));
    }

    @Override
    public String subject() {
        return "CUDA";
    }

    @Override
    public synchronized List<Finding> findings() {
        List<Finding> all = new ArrayList<>(findings);
        devices.stream().map(Published::capacity).forEach(all::add);
        return all;
    }

    @Deactivate
    synchronized void close() {
        devices.forEach(Published::close);
        devices.clear();
    }

    /** A device that is published. */
    private final class Published {

        private final Driver driver;
        private final String type;
        private final Arena arena;
        private final List<ServiceRegistration<Backend>> services = new ArrayList<>();
        private volatile boolean lost;

        Published(Driver driver, String type) {
            this.driver = driver;
            this.type = type;
            arena = new Arena(driver);
            driver.whenLost(this::lose);
            for (boolean bfloat16 : new boolean[] {false, true}) {
                services.add(context.registerService(Backend.class,
                        new CudaBackend(driver, arena, new CudaSettings(bfloat16, CudaSettings.LOGITS)),
                        new Hashtable<>(Map.of(Plugin.TYPE, bfloat16 ? type + "-bf16" : type))));
            }
        }

        /** Nobody is to begin anything more on it. */
        private void lose() {
            lost = true;
            arena.lose();
            unpublish();
            LOG.error("{} ({}) can't be used any more", type, driver.device());
        }

        /** Once; without a lock meanwhile, as whoever listens to services may do what it likes. */
        private void unpublish() {
            List<ServiceRegistration<Backend>> published;
            synchronized (services) {
                published = List.copyOf(services);
                services.clear();
            }
            published.forEach(ServiceRegistration::unregister);
        }

        Finding capacity() {
            if (lost) {
                return new Finding(Level.PROBLEM, type + " was lost", "see the log for the reason, and start perk again");
            }
            Driver.Capacity capacity = driver.capacity();
            return Finding.ok(type + " has " + (capacity.freeBytes() >> 20) + " of " + (capacity.totalBytes() >> 20)
                    + " MiB free");
        }

        void close() {
            unpublish();
            arena.trim();
            driver.close();
        }
    }
}
