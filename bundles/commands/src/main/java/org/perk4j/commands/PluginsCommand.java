package org.perk4j.commands;

import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.registry.PluginState;
import org.perk4j.registry.PluginStates;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Lists the plugins, and whether they run. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "plugins", mixinStandardHelpOptions = true,
        description = {
            "Lists the installed plugins, which jobs pick by their type, with the reason for each one that isn't ready.",
            "'perk plugin' has the other commands for plugins."})
public final class PluginsCommand implements Command {

    private final PluginStates plugins;

    @Mixin
    private Output output;

    /** Called by Declarative Services. */
    @Activate
    public PluginsCommand(@Reference PluginStates plugins) {
        this.plugins = plugins;
    }

    /** A plugin, its state in lower case. */
    record Row(String kind, String type, String version, String bundle, String state, String reason) {

        Row(PluginState plugin) {
            this(plugin.kind(), plugin.type(), plugin.version(), plugin.bundle(),
                    plugin.stateName(), plugin.reason());
        }
    }

    private static String cell(String value) {
        return value == null ? "-" : value;
    }

    @Override
    public Integer call() {
        list(plugins.all(), output);
        return OK;
    }

    /** Prints a row for each. */
    static void list(List<PluginState> plugins, Output output) {
        List<Row> rows = plugins.stream().map(Row::new).toList();
        output.table(List.of("KIND", "TYPE", "VERSION", "BUNDLE", "STATE"), rows.stream()
                .map(row -> List.of(cell(row.kind), cell(row.type), cell(row.version), row.bundle,
                        row.reason == null ? row.state : row.state + ": " + row.reason))
                .toList());
        output.json(Map.of("plugins", rows));
    }
}
