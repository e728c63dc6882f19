package org.perk4j.commands;

import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.commands.PluginStates.PluginState;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Lists the plugins, and whether they run. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "plugins", mixinStandardHelpOptions = true,
        description = {
            "Lists the installed plugins, which a job file picks by their type, and says of each that isn't ready why not.",
            "To add a plugin, put its bundle into the folder plugins/ of the installation."})
public final class PluginsCommand implements Command {

    private final PluginStates plugins;

    @Mixin
    private Output output;

    /** Called by Declarative Services. */
    @Activate
    public PluginsCommand(@Reference PluginStates plugins) {
        this.plugins = plugins;
    }

    @Override
    public Integer call() {
        List<PluginState> rows = plugins.all();
        output.table(List.of("KIND", "TYPE", "VERSION", "BUNDLE", "STATE"), rows.stream()
                .map(row -> List.of(row.kind(), row.type(), row.version().toString(), row.bundle(),
                        row.reason() == null ? row.state() : row.state() + ": " + row.reason()))
                .toList());
        output.json(Map.of("plugins", rows));
        return OK;
    }
}
