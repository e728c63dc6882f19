package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.perk4j.archetype.PluginProject;
import org.perk4j.inference.InstalledAdapters;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.registry.PluginJars;

/**
 * Where an installation has what it brings along, the quickstart's base model and trained adapter, and plugins from others.
 */
final class Installed {

    private Installed() {
    }

    /** @return the folder for plugins from others */
    static PluginJars plugins() {
        return new PluginJars(home().resolve("plugins"));
    }

    /** @return the Maven repository that has what plugins are built with, as a URL */
    static String repository() {
        Path repository = home().resolve("repository");
        return Files.isDirectory(repository) ? repository.toUri().toString() : PluginProject.ANY;
    }

    /** @return a folder of the quickstart; the launcher says where the installation is */
    static Path quickstart(String name) {
        return home().resolve("quickstart").resolve(name);
    }

    /** @return the trained adapters that need not be named */
    static InstalledAdapters adapters() {
        return new InstalledAdapters(home().resolve("adapters"), home().resolve("quickstart"));
    }

    /**
     * @return the trained adapter that is shipped or installed for a base
     * @throws IOException if there is none
     */
    static TrainedAdapter adapter(Path base) throws IOException {
        return adapters().of(base).orElseThrow(() -> new NoSuchFileException(base.toString(), null,
                "no adapter for this base is installed: train one by 'perk train JOB' with this base in the job, and name"
                        + " the job's output by --adapter, or put it into a folder in " + InstalledAdapters.folderOfUser()));
    }

    static Path home() {
        return Path.of(System.getProperty("perk.home", ".")).toAbsolutePath().normalize();
    }
}
