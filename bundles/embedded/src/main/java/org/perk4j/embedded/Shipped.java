package org.perk4j.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.perk4j.plugin.Plugin;
import org.perk4j.runtime.BundleFile;

/**
 * The bundles to run: those in the artifact {@code perk4j-embedded}, and the plugins on the class path.
 *
 * @param core    the bundles in the artifact
 * @param plugins the URLs of the plugins
 */
record Shipped(List<Core> core, List<String> plugins) {

    private static final String BUNDLES = "META-INF/perk4j/bundles.zip";
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    /** The API, which comes from the class path. */
    private static final String API = "org.perk4j.api";
    /** This bundle, whose exported package also comes from the class path; the framework runs the rest of it. */
    private static final String CALLED = "org.perk4j.embedded";

    /** A bundle in memory. */
    private record Core(String file, byte[] content, Manifest manifest) {

        private boolean is(String name) {
            return name.equals(symbolicName(manifest));
        }
    }

    static Shipped read() throws IOException {
        ClassLoader classPath = Shipped.class.getClassLoader();
        return new Shipped(core(classPath), plugins(classPath));
    }

    private static List<Core> core(ClassLoader classPath) throws IOException {
        List<Core> core = new ArrayList<>();
        try (InputStream file = classPath.getResourceAsStream(BUNDLES)) {
            if (file == null) {
                throw new IOException("there is no " + BUNDLES + " on the class path: add the artifact perk4j-embedded");
            }
            ZipInputStream zip = new ZipInputStream(file);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.isDirectory()) {
                    byte[] content = zip.readAllBytes();
                    try (JarInputStream jar = new JarInputStream(new ByteArrayInputStream(content))) {
                        core.add(new Core(entry.getName(), content, jar.getManifest()));
                    }
                }
            }
        }
        return core;
    }

    private static List<String> plugins(ClassLoader classPath) throws IOException {
        List<String> plugins = new ArrayList<>();
        for (URL url : Collections.list(classPath.getResources(MANIFEST))) {
            try (InputStream in = url.openStream()) {
                if (providesPlugins(new Manifest(in))) {
                    plugins.add(holder(url));
                }
            }
        }
        return plugins;
    }

    private static boolean providesPlugins(Manifest manifest) {
        String capabilities = manifest.getMainAttributes().getValue("Provide-Capability");
        return symbolicName(manifest) != null && capabilities != null && capabilities.contains(Plugin.NAMESPACE);
    }

    /** @return the jar or the folder that contains a manifest */
    private static String holder(URL manifest) throws IOException {
        return manifest.openConnection() instanceof JarURLConnection inJar ? inJar.getJarFileURL().toString()
                : manifest.toString().substring(0, manifest.toString().length() - MANIFEST.length());
    }

    private static String symbolicName(Manifest manifest) {
        String name = manifest == null ? null : manifest.getMainAttributes().getValue("Bundle-SymbolicName");
        return name == null ? null : name.replaceFirst(";.*", "").strip();
    }

    /** @return the packages of the class path that bundles see, in the syntax of {@code Export-Package} */
    String sharedPackages() {
        return core.stream().filter(bundle -> bundle.is(API) || bundle.is(CALLED))
                .map(bundle -> bundle.manifest.getMainAttributes().getValue("Export-Package"))
                .collect(Collectors.joining(","));
    }

    /** @return the bundles to run; not the API, which comes from the class path */
    List<BundleFile> bundles() {
        return Stream.concat(core.stream().filter(bundle -> !bundle.is(API))
                .map(bundle -> BundleFile.of("perk4j:" + bundle.file, bundle.content)),
                plugins.stream().map(BundleFile::at)).toList();
    }
}
