package org.perk4j.commands;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.plugin.Plugin;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Lists the plugins: every capability in the namespace {@value Plugin#NAMESPACE}, and whether its service is there. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "plugins", mixinStandardHelpOptions = true,
        description = {
            "Lists the installed plugins, which a job file picks by their type, and says of each that isn't ready why not.",
            "To add a plugin, put its bundle into the folder plugins/ of the installation."})
public final class PluginsCommand implements Command {

    private final BundleContext context;
    private final Components components;

    @Mixin
    private Output output;

    /** Called by Declarative Services. */
    @Activate
    public PluginsCommand(BundleContext context, @Reference Components components) {
        this.context = context;
        this.components = components;
    }

    /** A plugin and its state: ready, unresolved, stopped or unsatisfied; the reason is null if it is ready. */
    record Row(String kind, String type, Version version, String bundle, String state, String reason) {
    }

    @Override
    public Integer call() {
        List<Row> rows = Arrays.stream(context.getBundles()).flatMap(this::rows)
                .sorted(Comparator.comparing(Row::kind).thenComparing(Row::type)).toList();
        output.table(List.of("KIND", "TYPE", "VERSION", "BUNDLE", "STATE"), rows.stream()
                .map(row -> List.of(row.kind, row.type, row.version.toString(), row.bundle,
                        row.reason == null ? row.state : row.state + ": " + row.reason))
                .toList());
        output.json(Map.of("plugins", rows));
        return OK;
    }

    private Stream<Row> rows(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class); // null once it is uninstalled
        return revision == null ? Stream.empty()
                : revision.getDeclaredCapabilities(Plugin.NAMESPACE).stream().map(capability -> row(bundle, capability));
    }

    private Row row(Bundle bundle, BundleCapability capability) {
        String kind = String.valueOf(capability.getAttributes().get("kind"));
        String type = String.valueOf(capability.getAttributes().get(Plugin.TYPE));
        String state = "ready";
        List<String> reasons = List.of();
        if (bundle.getState() == Bundle.INSTALLED) {
            state = "unresolved";
            reasons = components.missing(bundle).stream().map(missing -> "nothing here provides " + missing).toList();
        } else if (bundle.getState() != Bundle.ACTIVE) {
            state = "stopped";
        } else if (!published(bundle, type)) {
            state = "unsatisfied";
            reasons = components.reasonsAgainst(bundle);
        }
        return new Row(kind, type, bundle.getVersion(), bundle.getSymbolicName(), state,
                reasons.isEmpty() ? null : String.join("; ", reasons));
    }

    private static boolean published(Bundle bundle, String type) {
        return bundle.getRegisteredServices() != null && Arrays.stream(bundle.getRegisteredServices())
                .anyMatch(service -> type.equals(service.getProperty(Plugin.TYPE)));
    }
}
