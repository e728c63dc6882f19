package org.perk4j.runtime;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A bundle to run.
 *
 * @param location the location by which the framework knows it, and where it finds it if there is no content
 * @param content  opens its jar, once; empty if the framework is to find it
 */
public record BundleFile(String location, Optional<Supplier<InputStream>> content) {

    /** @return a bundle that is used in place, not copied */
    public static BundleFile at(Path file) {
        return at(file.toUri().toString());
    }

    /** @param url the URL of a jar, or of a folder with a jar's content; a file is used in place, not copied */
    public static BundleFile at(String url) {
        return new BundleFile(url.startsWith("file:") ? "reference:" + url : url, Optional.empty());
    }

    /** @return a bundle in memory */
    public static BundleFile of(String location, byte[] jar) {
        return new BundleFile(location, Optional.of(() -> new ByteArrayInputStream(jar)));
    }
}
