package org.perk4j.runtime;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.log.LogService;

class UsedServicesTest {

    private static final int COLLECTIONS = 50;

    @TempDir
    private Path folder;

    @Test
    void nothingIsKeptOfABundleThatUsedAServiceAndWasUninstalled() throws Exception {
        try (Platform platform = Platform.start(List.of(), "org.perk4j.none", folder)) {
            WeakReference<Bundle> gone = new WeakReference<>(usedAndUninstalled(platform.context()));
            for (int i = 0; i < COLLECTIONS && gone.get() != null; i++) {
                System.gc();
                Thread.sleep(20); // the framework's own threads let go of its events
            }
            assertNull(gone.get());
        }
    }

    private Bundle usedAndUninstalled(BundleContext framework) throws BundleException, IOException {
        Bundle bundle = framework.installBundle("reference:" + jar().toUri());
        bundle.start();
        BundleContext context = bundle.getBundleContext();
        ServiceReference<LogService> log = context.getServiceReference(LogService.class);
        context.getService(log);
        context.ungetService(log);
        bundle.uninstall();
        framework.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle));
        return bundle;
    }

    private Path jar() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "short.lived");
        Path jar = folder.resolve("short-lived.jar");
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
        return jar;
    }
}
