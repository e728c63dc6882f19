package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.perk4j.runtime.Installation;

/** What holds for all bundles as shipped. */
class BundlesIT {

    private static final Pattern NATIVE = Pattern.compile("org\\.(nd4j|bytedeco)|(^|,)\\s*\\*");

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
        Set<String> all = new TreeSet<>();
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
            if (bundle.getSymbolicName().equals("org.perk4j.backend.cuda")) {
                published.removeIf(type -> type.contains(":")); // one for each further device
                if (published.isEmpty()) {
                    continue; // there is no device here
                }
            }
            assertEquals(announced, published, bundle + ": announced, and published");
            all.addAll(announced);
        }
        assertTrue(all.containsAll(Set.of("lora", "perk", "gpt2", "java", "student-records")), all.toString());
    }

    /** The launcher asks for 32 MiB in the folder for temporary files, of which the tokenizers' library takes 14 to load. */
    @Test
    void unpacksNoMoreThanIsAskedFor() throws Exception {
        for (ServiceReference<?> plugin : container.context().getAllServiceReferences(null, "(type=*)")) {
            container.context().getService(plugin);
        }
        try (Stream<Path> files = Files.walk(storage)) {
            long bytes = files.mapToLong(file -> file.toFile().length()).sum();
            assertTrue(bytes < 18 << 20, bytes + " bytes");
        }
    }

    @Test
    void exportsOnlyPackagesOfItsOwn() {
        Set<String> all = new TreeSet<>();
        for (Bundle bundle : container.context().getBundles()) {
            if (bundle.getSymbolicName().startsWith("org.perk4j.")) {
                all.addAll(packages(bundle));
            }
        }
        assertTrue(all.contains("org.perk4j.tensor"), all.toString());
        assertEquals(List.of(), all.stream().filter(name -> !name.startsWith("org.perk4j.")).toList());
    }

    private static List<String> packages(Bundle bundle) {
        return bundle.adapt(BundleWiring.class).getCapabilities(BundleRevision.PACKAGE_NAMESPACE).stream()
                .map(capability -> (String) capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE)).toList();
    }

    /** Nor does a bundle say that it would take any package that it asks for, which would be a way round. */
    @Test
    void noManifestSharesTheNativeLibrariesOfAPlugin() throws Exception {
        List<Path> bundles = new Installation(Perk.INSTALLATION).bundles();
        assertTrue(bundles.size() > 10, bundles.toString());
        for (Path file : bundles) {
            try (JarFile jar = new JarFile(file.toFile())) {
                for (String header : List.of("Export-Package", "Import-Package", "DynamicImport-Package",
                        "Require-Bundle")) {
                    String packages = jar.getManifest().getMainAttributes().getValue(header);
                    assertFalse(packages != null && NATIVE.matcher(packages).find(), file + ": " + header + ": " + packages);
                }
            }
        }
    }
}
