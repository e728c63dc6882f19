package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perk4j.archetype.PluginProject;
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

    /** @return the folder for the user's own trained adapters, as the XDG base directory specification has it */
    static Path adaptersOfUser() {
        Path data = Path.of(System.getenv().getOrDefault("XDG_DATA_HOME", ""));
        if (!data.isAbsolute()) { // the specification says to ignore relative paths
            data = Path.of(System.getProperty("user.home"), ".local", "share");
        }
        return data.resolve("perk4j").resolve("adapters");
    }

    /** @return the folders of all trained adapters that there are without being named, the user's before those shipped */
    static List<Path> adapters() throws IOException {
        List<Path> adapters = new ArrayList<>();
        for (Path folder : List.of(adaptersOfUser(), home().resolve("adapters"))) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> inside = Files.list(folder)) {
                    inside.filter(each -> Files.exists(each.resolve(TrainedAdapter.MANIFEST))).sorted()
                            .forEach(adapters::add);
                }
            }
        }
        adapters.add(quickstart("adapter"));
        return adapters;
    }

    static Path home() {
        return Path.of(System.getProperty("perk.home", ".")).toAbsolutePath().normalize();
    }
}
