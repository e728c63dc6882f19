package org.perk4j.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** In a running framework, whose one shipped bundle is called {@code shipped}. */
class PluginFolderTest {

    @TempDir
    private Path folder;

    @TempDir
    private Path storage;

    private Framework framework;
    private PluginFolder plugins;

    @BeforeEach
    void start() throws Exception {
        framework = new FrameworkFactory().newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE));
        framework.start();
        plugins = new PluginFolder(folder, framework.getBundleContext(), List.of("shipped"));
    }

    @AfterEach
    void stop() throws Exception {
        plugins.close();
        framework.stop();
        framework.waitForStop(0);
    }

    @Test
    void runsWhatIsThere() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        put("UPPER.JAR", bundle("upper", "1.0.0"));
        put("README.txt", "not a jar".getBytes());
        plugins.open();
        assertEquals(Map.of("a", "1.0.0", "upper", "1.0.0"), active());
        assertEquals(Map.of(), plugins.get());
    }

    @Test
    void saysOfEachFileThatIsNoBundleWhatItIsInstead() throws Exception {
        put("empty.jar", new byte[0]);
        put("junk.jar", "some text".getBytes());
        byte[] whole = bundle("half", "1.0.0");
        put("half.jar", Arrays.copyOf(whole, whole.length / 2));
        put("plain.jar", jar(""));
        Files.createDirectory(folder.resolve("folder.jar"));
        Files.createSymbolicLink(folder.resolve("nowhere.jar"), folder.resolve("absent"));
        put("version.jar", jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: v\nBundle-Version: one\n"));
        plugins.open();
        assertReason("empty.jar", "is empty");
        assertReason("junk.jar", "is damaged");
        assertReason("half.jar", "is damaged");
        assertReason("plain.jar", "no OSGi bundle");
        assertReason("folder.jar", "no regular file");
        assertReason("nowhere.jar", "no regular file");
        assertReason("version.jar", "can't be installed");
        assertEquals(7, plugins.get().size());
    }

    @Test
    void whatWasShippedCantBeTakenOver() throws Exception {
        put("same.jar", bundle("shipped", "9.0.0"));
        put("fragment.jar",
                jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: f\nFragment-Host: shipped;bundle-version=\"1\"\n"));
        put("extension.jar", jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: e\n"
                + "Fragment-Host: system.bundle; extension:=framework\n"));
        put("framework.jar", bundle("org.apache.felix.framework", "9.0.0"));
        plugins.open();
        assertReason("same.jar", "is a bundle shipped, which Perk4J has itself");
        assertReason("fragment.jar", "is a fragment of shipped");
        assertReason("extension.jar", "is a fragment of system.bundle");
        assertReason("framework.jar", "is a bundle org.apache.felix.framework");
        assertEquals(Map.of(), active());
    }

    @Test
    void saysWhatABundleLacksAndStartsItWhenThatCame() throws Exception {
        put("needy.jar", jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: needy\nImport-Package: com.example.absent\n"));
        plugins.open();
        String location = bundle("needy").getLocation();
        assertEquals(Map.of(location, "needy 0.0.0 can't be started: nothing here provides the package "
                + "com.example.absent"), plugins.get());
        put("provider.jar",
                jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: provider\nExport-Package: com.example.absent\n"));
        await(() -> active().containsKey("needy"));
        assertEquals(Map.of(), plugins.get());
    }

    @Test
    void replacesAndRemoves() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        plugins.open();
        put("a.jar", bundle("a", "2.0.0"));
        await(() -> active().equals(Map.of("a", "2.0.0")));
        put("a.jar", bundle("b", "1.0.0")); // another one
        await(() -> active().equals(Map.of("b", "1.0.0")));
        put("a.jar", "damaged".getBytes());
        await(() -> active().isEmpty());
        assertReason("a.jar", "is damaged");
        put("a.jar", bundle("a", "1.0.0"));
        await(() -> active().equals(Map.of("a", "1.0.0")));
        Files.delete(folder.resolve("a.jar"));
        await(() -> active().isEmpty());
        assertEquals(List.of(), Arrays.stream(framework.getBundleContext().getBundles()).skip(1).toList());
    }

    @Test
    void ofTwoFilesWithOneBundleTheSecondStandsBack() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        put("copy of a.jar", bundle("a", "1.0.0"));
        plugins.open();
        assertReason("copy of a.jar", "is a 1.0.0, as is a.jar");
        Files.delete(folder.resolve("a.jar"));
        await(() -> plugins.get().isEmpty());
        assertEquals(Map.of("a", "1.0.0"), active());
    }

    @Test
    void whoIsLeasedStopsButKeepsItsClasses() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        plugins.open();
        Bundle old = bundle("a");
        boolean[] leased = {true};
        Dictionary<String, Object> role = new Hashtable<>(Map.of("perk4j.role", "leased"));
        framework.getBundleContext().registerService(Predicate.class, (Predicate<Bundle>) b -> leased[0] && b == old, role);
        put("a.jar", bundle("a", "1.0.0"));
        await(() -> old.getState() == Bundle.RESOLVED && active().equals(Map.of("a", "1.0.0")));
        assertEquals("Lazy", old.loadClass("Lazy").getSimpleName());
        leased[0] = false;
        await(() -> old.getState() == Bundle.UNINSTALLED);
    }

    @Test
    void whatReplacesABundleStartsBeforeThatStops() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        plugins.open();
        List<String> events = new CopyOnWriteArrayList<>();
        framework.getBundleContext().addBundleListener(event -> {
            if (event.getType() == BundleEvent.STARTED || event.getType() == BundleEvent.STOPPED) {
                events.add(event.getBundle().getVersion() + (event.getType() == BundleEvent.STARTED ? " starts" : " stops"));
            }
        });
        put("a.jar", bundle("a", "1.0.1"));
        await(() -> events.size() == 2);
        assertEquals(List.of("1.0.1 starts", "1.0.0 stops"), events);
    }

    @Test
    void whoWasStoppedOnPurposeStaysStoppedWhenOthersChange() throws Exception {
        put("a.jar", bundle("a", "1.0.0"));
        plugins.open();
        bundle("a").stop();
        put("b.jar", bundle("b", "1.0.0"));
        await(() -> active().equals(Map.of("b", "1.0.0")));
        put("a.jar", bundle("a", "1.0.1"));
        await(() -> active().equals(Map.of("a", "1.0.1", "b", "1.0.0")));
    }

    private void assertReason(String file, String part) {
        String reason = plugins.get().get(folder.resolve(file).toString());
        assertNotNull(reason, () -> file + " in " + plugins.get());
        assertTrue(reason.contains(part), reason);
    }

    private Map<String, String> active() {
        return Arrays.stream(framework.getBundleContext().getBundles()).skip(1)
                .filter(bundle -> bundle.getState() == Bundle.ACTIVE)
                .collect(Collectors.toMap(Bundle::getSymbolicName, bundle -> bundle.getVersion().toString()));
    }

    private Bundle bundle(String name) {
        return Arrays.stream(framework.getBundleContext().getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst().orElseThrow();
    }

    private static byte[] bundle(String name, String version) throws IOException {
        return jar("Bundle-ManifestVersion: 2\nBundle-SymbolicName: " + name + "\nBundle-Version: " + version + "\n");
    }

    /** With a class that is loaded only if somebody asks for it. */
    private static byte[] jar(String headers) throws IOException {
        Manifest manifest = new Manifest(new ByteArrayInputStream(("Manifest-Version: 1.0\n" + headers + "\n").getBytes()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
                var lazy = PluginFolderTest.class.getResourceAsStream("/Lazy.class")) {
            jar.putNextEntry(new JarEntry("Lazy.class"));
            jar.write(lazy.readAllBytes());
        }
        return bytes.toByteArray();
    }

    /** All or nothing, as a user should. */
    private void put(String name, byte[] content) throws IOException {
        Path complete = Files.write(storage.resolve(name), content);
        Files.move(complete, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, "nothing happened for a minute");
            Thread.sleep(50);
        }
    }
}
