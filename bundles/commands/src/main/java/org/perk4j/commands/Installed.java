package org.perk4j.commands;

import java.nio.file.Path;

/** What an installation brings along: the quickstart's base model and trained adapter. */
final class Installed {

    private Installed() {
    }

    /** @return a folder of the quickstart; the launcher says where the installation is */
    static Path quickstart(String name) {
        return Path.of(System.getProperty("perk.home", ".")).resolve("quickstart").resolve(name).normalize();
    }
}
