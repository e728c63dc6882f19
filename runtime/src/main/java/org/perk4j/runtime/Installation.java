package org.perk4j.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * An installation of Perk4J.
 *
 * @param home the folder that contains {@code bundles/}, {@code plugins/} and {@code conf/}
 */
public record Installation(Path home) {

    public Installation {
        home = home.toAbsolutePath().normalize();
    }

    /** @return the shipped bundles, in alphabetical order */
    public List<Path> bundles() throws StartException {
        try (Stream<Path> files = Files.list(home.resolve("bundles"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new StartException("no installation of Perk4J in " + home + ": unpack the distribution again", e);
        }
    }

    /** @return the folder for third-party plugins */
    public Path plugins() {
        return home.resolve("plugins");
    }

    /** @return the folder for configurations of components: {@code <pid>.config} or {@code <pid>.cfg} */
    public Path configurations() {
        return home.resolve("conf");
    }
}
