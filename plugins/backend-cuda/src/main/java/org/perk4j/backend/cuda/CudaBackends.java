package org.perk4j.backend.cuda;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
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
 * each also with the suffixes {@code -tf32} and {@code -bf16}, as backends that round before they multiply. Without a device
 * nothing is published, and the diagnosis gives the reason; so does the log if there is a driver.
 */
@Component(immediate = true)
public final class CudaBackends implements Diagnosis {

    private final BundleContext context;
    private final List<Finding> findings;
    private final List<Published> published = new ArrayList<>();

    /** Called by Declarative Services. */
    @Activate
    public CudaBackends(BundleContext context) {
        this.context = context;
        Devices devices = Devices.open(context.getDataFile("bindings").toPath());
        findings = devices.findings();
        findings.stream().filter(finding -> finding.level() == Level.PROBLEM).forEach(problem ->
                log().warn("There is an NVIDIA driver, but {}: see 'perk doctor'", problem.message()));
        devices.all().forEach(device -> published.add(new Published(device)));
    }

    /** Asked for only when something is to be said: to set logging up takes longer than to look for a GPU. */
    private static Logger log() {
        return LoggerFactory.getLogger(CudaBackends.class);
    }

    @Override
    public String subject() {
        return "CUDA";
    }

    @Override
    public synchronized List<Finding> findings() {
        List<Finding> all = new ArrayList<>(findings);
        published.forEach(each -> all.add(each.device.capacity()));
        return all;
    }

    @Deactivate
    synchronized void close() {
        published.forEach(Published::close);
        published.clear();
    }

    /** A device that is published until it is lost. */
    private final class Published {

        private final Device device;
        private final List<ServiceRegistration<Backend>> services = new ArrayList<>();

        Published(Device device) {
            this.device = device;
            device.whenLost(this::lose);
            for (Factors factors : Factors.values()) {
                services.add(context.registerService(Backend.class, device.backend(factors),
                        new Hashtable<>(Map.of(Plugin.TYPE, device.type() + factors.suffix()))));
            }
        }

        /** Unregisters the backend, so that nothing new begins on the device. */
        private void lose() {
            unpublish();
            log().error("{} ({}) can't be used any more", device.type(), device.name());
        }

        /** Unregisters once, without holding a lock, since service listeners may run any code. */
        private void unpublish() {
            List<ServiceRegistration<Backend>> registered;
            synchronized (services) {
                registered = List.copyOf(services);
                services.clear();
            }
            registered.forEach(ServiceRegistration::unregister);
        }

        void close() {
            unpublish();
            device.close();
        }
    }
}
