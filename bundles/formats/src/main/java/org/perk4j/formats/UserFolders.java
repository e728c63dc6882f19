package org.perk4j.formats;

import java.nio.file.Path;

/** Where the user's files are, by the XDG base directory specification. The folders need not exist yet. */
public final class UserFolders {

    private UserFolders() {
    }

    /** @return a folder of Perk4J for files that can be made or downloaded again */
    public static Path cache(String name) {
        return folder("XDG_CACHE_HOME", Path.of(".cache")).resolve(name);
    }

    /** @return a folder of Perk4J for files to keep */
    public static Path data(String name) {
        return folder("XDG_DATA_HOME", Path.of(".local", "share")).resolve(name);
    }

    private static Path folder(String variable, Path usual) {
        Path named = Path.of(System.getenv().getOrDefault(variable, ""));
        if (!named.isAbsolute()) { // the specification says to ignore relative paths
            named = Path.of(System.getProperty("user.home")).resolve(usual);
        }
        return named.resolve("perk4j");
    }
}
