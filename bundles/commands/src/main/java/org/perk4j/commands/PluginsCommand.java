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
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=plugins")
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

    /** A plugin as the service lists it too, its state in lower case. */
    record Row(String kind, String type, String version, String bundle, String state, List<String> reasons) {

        Row(PluginState plugin) {
            this(plugin.kind(), plugin.type(), plugin.version(), plugin.bundle(), plugin.stateName(), plugin.reasons());
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
        output.table(List.of("KIND", "TYPE", "VERSION", "BUNDLE", "STATE"), plugins.stream()
                .map(plugin -> List.of(cell(plugin.kind()), cell(plugin.type()), cell(plugin.version()), plugin.bundle(),
                        plugin.reason() == null ? plugin.stateName() : plugin.stateName() + ": " + plugin.reason()))
                .toList());
        output.json(Map.of("plugins", plugins.stream().map(Row::new).toList()));
    }
}
