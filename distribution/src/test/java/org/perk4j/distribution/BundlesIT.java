package org.perk4j.distribution;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;

/** What holds for all bundles as shipped. */
class BundlesIT {

    @TempDir
    private Path storage;

    private Container container;

    @BeforeEach
    void start() throws Exception {
        container = new Container(storage);
    }

    @AfterEach
    void stop() {
        container.close();
    }

    @Test
    void eachRuns() {
        for (Bundle bundle : container.context().getBundles()) {
            assertEquals(Bundle.ACTIVE, bundle.getState(), bundle.toString());
        }
    }

    @Test
    void eachPluginIsAnnouncedAndPublished() {
        for (Bundle bundle : container.context().getBundles()) {
            Set<String> announced = new TreeSet<>();
            bundle.adapt(BundleRevision.class).getDeclaredCapabilities("perk4j.plugin")
                    .forEach(capability -> announced.add((String) capability.getAttributes().get("type")));
            Set<String> published = new TreeSet<>();
            if (bundle.getSymbolicName().startsWith("org.perk4j.") && bundle.getRegisteredServices() != null) {
                for (ServiceReference<?> service : bundle.getRegisteredServices()) {
                    if (service.getProperty("type") != null) {
                        published.add((String) service.getProperty("type"));
                    }
                }
            }
            assertEquals(announced, published, bundle + ": Provide-Capability in bnd.bnd, and the property of the service");
        }
    }

    @Test
    void nobodyElseSeesTheNativeLibrariesOfAPlugin() {
        Map<String, List<String>> exported = Arrays.stream(container.context().getBundles())
                .filter(bundle -> bundle.getBundleId() != 0)
                .collect(toMap(Bundle::getSymbolicName, bundle -> bundle.adapt(BundleWiring.class)
                        .getCapabilities(BundleRevision.PACKAGE_NAMESPACE).stream()
                        .map(capability -> (String) capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE))
                        .toList()));
        exported.forEach((bundle, packages) -> {
            if (bundle.startsWith("org.perk4j.")) {
                packages.forEach(name -> assertTrue(name.startsWith("org.perk4j."), bundle + " exports " + name));
            }
            assertFalse(packages.stream().anyMatch(name -> name.matches("org\\.(nd4j|bytedeco)\\..*")), bundle);
        });
    }
}
