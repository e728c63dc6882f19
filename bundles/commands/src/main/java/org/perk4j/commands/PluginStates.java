package org.perk4j.commands;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.plugin.Plugin;

/**
 * Says of each plugin that is announced whether it runs: every capability in the namespace {@value Plugin#NAMESPACE}. What a
 * bundle publishes beyond that, such as a backend for each further device, runs.
 */
@Component(service = PluginStates.class)
public final class PluginStates {

    /** The state of a plugin that can be used. */
    static final String READY = "ready";

    private final BundleContext context;
    private final Components components;

    /** Called by Declarative Services. */
    @Activate
    public PluginStates(BundleContext context, @Reference Components components) {
        this.context = context;
        this.components = components;
    }

    /** A plugin and its state: ready, unresolved, stopped or unsatisfied; the reason is null if it is ready. */
    record PluginState(String kind, String type, Version version, String bundle, String state, String reason) {
    }

    /** @return those of all bundles, in order of kind and type */
    List<PluginState> all() {
        return Arrays.stream(context.getBundles()).flatMap(this::of)
                .sorted(Comparator.comparing(PluginState::kind).thenComparing(PluginState::type)).toList();
    }

    private Stream<PluginState> of(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class); // null once it is uninstalled
        if (revision == null) {
            return Stream.empty();
        }
        List<PluginState> announced = revision.getDeclaredCapabilities(Plugin.NAMESPACE).stream()
                .map(capability -> of(bundle, capability)).toList();
        return Stream.concat(announced.stream(), further(bundle, announced));
    }

    /** Of the kind that the bundle announces. */
    private static Stream<PluginState> further(Bundle bundle, List<PluginState> announced) {
        Set<Object> types = announced.stream().map(PluginState::type).collect(Collectors.toSet());
        return announced.stream().limit(1).flatMap(plugin -> services(bundle)
                .map(service -> service.getProperty(Plugin.TYPE)).filter(type -> type != null && !types.contains(type))
                .map(type -> new PluginState(plugin.kind(), type.toString(), plugin.version(), plugin.bundle(), READY, null)));
    }

    private PluginState of(Bundle bundle, BundleCapability capability) {
        String kind = String.valueOf(capability.getAttributes().get("kind"));
        String type = String.valueOf(capability.getAttributes().get(Plugin.TYPE));
        String state = READY;
        List<String> reasons = List.of();
        if (bundle.getState() == Bundle.INSTALLED) {
            state = "unresolved";
            reasons = components.missing(bundle).stream().map(missing -> "nothing here provides " + missing).toList();
        } else if (bundle.getState() != Bundle.ACTIVE) {
            state = "stopped";
        } else if (services(bundle).noneMatch(service -> type.equals(service.getProperty(Plugin.TYPE)))) {
            state = "unsatisfied";
            reasons = Stream.concat(components.reasonsAgainst(bundle).stream(), diagnosed(bundle)).toList();
        }
        return new PluginState(kind, type, bundle.getVersion(), bundle.getSymbolicName(), state,
                reasons.isEmpty() ? null : String.join("; ", reasons));
    }

    private static Stream<ServiceReference<?>> services(Bundle bundle) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        return services == null ? Stream.empty() : Arrays.stream(services);
    }

    /** What the bundle itself has to say. */
    private Stream<String> diagnosed(Bundle bundle) {
        return services(bundle)
                .filter(service -> Arrays.asList((String[]) service.getProperty("objectClass")).contains(Diagnosis.class.getName()))
                .flatMap(service -> findings(service).stream())
                .filter(finding -> finding.level() != Diagnosis.Level.OK)
                .map(Diagnosis.Finding::message);
    }

    private List<Diagnosis.Finding> findings(ServiceReference<?> service) {
        Object diagnosis = context.getService(service);
        if (diagnosis == null) {
            return List.of(); // it went away just now
        }
        try {
            return ((Diagnosis) diagnosis).findings();
        } finally {
            context.ungetService(service);
        }
    }
}
