package org.perk4j.formats;

import java.nio.file.Path;

/** Where the user's files are that can be made or brought again. */
public final class UserCache {

    private UserCache() {
    }

    /** @return a folder of Perk4J's, where the XDG base directory specification has it; it need not be there yet */
    public static Path folder(String name) {
        Path cache = Path.of(System.getenv().getOrDefault("XDG_CACHE_HOME", ""));
        if (!cache.isAbsolute()) { // the specification says to ignore relative paths
            cache = Path.of(System.getProperty("user.home"), ".cache");
        }
        return cache.resolve("perk4j").resolve(name);
    }
}
