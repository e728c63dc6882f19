package org.perk4j.commands;

import java.util.Map;
import org.perk4j.formats.PluginChoice;
import picocli.CommandLine.Option;

/** The option {@code --backend}. Mixed into each command that computes and has no job to name one. */
final class BackendOption {

    @Option(names = "--backend", paramLabel = "TYPE", defaultValue = "nd4j",
            description = "What computes. Default: ${DEFAULT-VALUE}.")
    private String type;

    PluginChoice choice() {
        return PluginChoice.of(type, Map.of());
    }
}
