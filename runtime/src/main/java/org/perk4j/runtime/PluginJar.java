package org.perk4j.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * The manifest of a jar in the plugin folder.
 *
 * @param symbolicName the bundle's name
 * @param fragmentHost the bundle that it is a fragment of, or null
 */
record PluginJar(String symbolicName, String fragmentHost) {

    private static final Set<String> FRAMEWORK = Set.of("system.bundle", "org.apache.felix.framework");

    /** @throws IOException if it is not a bundle; the message, which follows the file's name, says what it is instead */
    static PluginJar read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("is no regular file");
        }
        if (!Files.isReadable(file)) {
            throw new IOException("can't be read: let this user read it");
        }
        if (Files.size(file) == 0) {
            throw new IOException("is empty: copy it again");
        }
        Attributes manifest = manifest(file);
        String name = manifest == null ? null : bundle(manifest.getValue("Bundle-SymbolicName"));
        if (name == null) {
            throw new IOException("is a jar, but no OSGi bundle: no Bundle-SymbolicName in its manifest, which bnd writes");
        }
        return new PluginJar(name, bundle(manifest.getValue("Fragment-Host")));
    }

    private static Attributes manifest(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            return manifest == null ? null : manifest.getMainAttributes();
        } catch (IOException | IllegalArgumentException | SecurityException e) { // the latter two: malformed entries
            throw new IOException("is damaged, or was half copied (" + e.getMessage() + "): copy it again", e);
        }
    }

    private static String bundle(String header) {
        return header == null ? null : header.replaceFirst(";.*", "").strip();
    }

    /**
     * Refuses a bundle that would replace or extend a shipped one.
     *
     * @param shipped the names of the shipped bundles
     */
    void requireOther(Set<String> shipped) throws IOException {
        if (isOurs(symbolicName, shipped)) {
            throw new IOException("is a bundle " + symbolicName
                    + ", which Perk4J has itself: only one of another name can be added");
        }
        if (fragmentHost != null && isOurs(fragmentHost, shipped)) {
            throw new IOException("is a fragment of " + fragmentHost + ", which was shipped and stays as it is");
        }
    }

    private static boolean isOurs(String name, Set<String> shipped) {
        return shipped.contains(name) || FRAMEWORK.contains(name);
    }
}
