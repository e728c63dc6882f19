package org.perk4j.distribution;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.perk4j.runtime.Installation;
import org.perk4j.runtime.Platform;

/** The distribution, running in the process of the test: to look into it, and to run code of the test inside. */
final class Container implements AutoCloseable {

    private final Platform platform;

    /** @param storage an empty folder for the framework */
    Container(Path storage) throws Exception {
        platform = Platform.start(new Installation(Perk.INSTALLATION), storage);
    }

    BundleContext context() {
        return platform.context();
    }

    Bundle bundle(String symbolicName) {
        return Arrays.stream(context().getBundles()).filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst().orElseThrow(() -> new AssertionError("no bundle " + symbolicName));
    }

    /**
     * Loads a class of the test's into a new bundle, where it is wired to the bundles that are there now, not to the class
     * path of the test. The two sides have only the JDK in common: hence interfaces like {@link java.util.function.Supplier}.
     *
     * @param code a class with a constructor without parameters, that needs no other class of the test's
     * @param type what it implements
     */
    <T> T inside(Class<? extends T> code, Class<T> type) throws Exception {
        Bundle bundle = context().installBundle("test:" + System.nanoTime(), new ByteArrayInputStream(bundle(code)));
        bundle.start();
        var constructor = bundle.loadClass(code.getName()).getDeclaredConstructor();
        constructor.setAccessible(true);
        return type.cast(constructor.newInstance());
    }

    private static byte[] bundle(Class<?> code) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.putValue(Constants.BUNDLE_SYMBOLICNAME, "test." + System.nanoTime());
        headers.putValue(Constants.DYNAMICIMPORT_PACKAGE, "*");
        String path = code.getName().replace('.', '/') + ".class";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
                InputStream in = code.getClassLoader().getResourceAsStream(path)) {
            jar.putNextEntry(new JarEntry(path));
            in.transferTo(jar);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        platform.close();
    }
}
