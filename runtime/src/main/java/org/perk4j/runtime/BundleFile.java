package org.perk4j.runtime;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A bundle that is to run.
 *
 * @param location what the framework knows it by, and where it finds it if there is no content
 * @param content  opens its jar, read once; empty for the framework to find it
 */
public record BundleFile(String location, Optional<Supplier<InputStream>> content) {

    /** @return one that is used where it is, not copied */
    public static BundleFile at(Path file) {
        return at(file.toUri().toString());
    }

    /** @param url of a jar, or of a folder with what would be in one; if it is a file, it is used where it is, not copied */
    public static BundleFile at(String url) {
        return new BundleFile(url.startsWith("file:") ? "reference:" + url : url, Optional.empty());
    }

    /** @return one that is in memory */
    public static BundleFile of(String location, byte[] jar) {
        return new BundleFile(location, Optional.of(() -> new ByteArrayInputStream(jar)));
    }
}
