package org.perk4j.registry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.perk4j.plugin.Diagnosis;
import org.perk4j.plugin.Plugin;
import org.perk4j.registry.PluginState.State;

/**
 * Reports for each announced plugin whether it can be used: for every capability in the namespace {@value Plugin#NAMESPACE},
 * and for what such a bundle publishes in addition, such as a backend per device. For files in the plugin folder that are
 * not plugins, reports why they can't be used.
 */
@Component(service = PluginStates.class)
public final class PluginStates {

    private final BundleContext context;
    private final Requirements requirements;
    private final Components components;
    private final Supplier<Map<String, String>> folder;

    /**
     * Called by Declarative Services.
     *
     * @param folder the files in the plugin folder that the launcher can't use, and the reason for each
     */
    @Activate
    public PluginStates(BundleContext context, @Reference Requirements requirements, @Reference Components components,
            @Reference(target = "(perk4j.role=plugin-folder)", cardinality = ReferenceCardinality.OPTIONAL)
            Supplier<Map<String, String>> folder) {
        this.context = context;
        this.requirements = requirements;
        this.components = components;
        this.folder = folder == null ? Map::of : folder;
    }

    /** A plugin that a bundle announces, or publishes in addition. */
    private record Announced(Bundle bundle, String kind, String type) {

        /** @return its services */
        Stream<ServiceReference<?>> services() {
            return PluginStates.services(bundle).filter(service -> Kind.is(service, kind, type));
        }
    }

    /** @return the plugins of all bundles by kind and type, the picked one first; then the files without a plugin */
    public List<PluginState> all() {
        Map<String, String> problems = folder.get();
        Map<String, String> unused = new HashMap<>(problems);
        List<PluginState> states = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            List<Announced> announced = announced(bundle).toList();
            announced.forEach(plugin -> states.add(of(plugin, problems)));
            String problem = unused.remove(bundle.getLocation());
            if (announced.isEmpty() && problem != null) {
                states.add(new PluginState(null, null, bundle.getVersion().toString(), bundle.getSymbolicName(),
                        bundle.getState() == Bundle.INSTALLED ? State.UNRESOLVED : State.STOPPED,
                        List.of(problem)));
            }
        }
        unused.forEach((file, problem) ->
                states.add(new PluginState(null, null, null, file, State.REFUSED, List.of(problem))));
        return states.stream().sorted(Comparator
                .comparing(PluginState::kind, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(PluginState::type, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(PluginState::state).thenComparing(PluginState::bundle)).toList();
    }

    /** @return the plugins of one bundle */
    List<PluginState> of(Bundle bundle) {
        return announced(bundle).map(plugin -> of(plugin, folder.get())).toList();
    }

    /** @return the record of options that a job can set, if the plugin can be instantiated and has any */
    public Optional<Class<? extends Record>> options(PluginState plugin) {
        return asked(plugin, instance -> instance instanceof Plugin<?> able ? able.options() : null);
    }

    /** @return the plugin's answer, if it can be instantiated; empty if the answer is null */
    <R> Optional<R> asked(PluginState plugin, Function<Object, R> question) {
        return plugin.isBroken() ? Optional.empty() : Arrays.stream(context.getBundles())
                .filter(bundle -> plugin.bundle().equals(bundle.getSymbolicName())
                        && plugin.version().equals(bundle.getVersion().toString()))
                .flatMap(PluginStates::services).filter(service -> Kind.is(service, plugin.kind(), plugin.type()))
                .findFirst().map(service -> asked(service, question));
    }

    /** @return the plugins of a kind and type that can't be used */
    List<PluginState> broken(String kind, String type) {
        return announced(kind, type).map(plugin -> of(plugin, folder.get())).filter(PluginState::isBroken).toList();
    }

    private Stream<Announced> announced(String kind, String type) {
        return Arrays.stream(context.getBundles()).flatMap(PluginStates::announced)
                .filter(plugin -> plugin.kind.equals(kind) && plugin.type.equals(type));
    }

    private static Stream<Announced> announced(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class); // null if uninstalled
        if (revision == null) {
            return Stream.empty();
        }
        List<Announced> announced = revision.getDeclaredCapabilities(Plugin.NAMESPACE).stream()
                .map(capability -> new Announced(bundle, String.valueOf(capability.getAttributes().get("kind")),
                        String.valueOf(capability.getAttributes().get(Plugin.TYPE)))).toList();
        Stream<Announced> further = announced.stream().limit(1).flatMap(first -> services(bundle)
                .filter(service -> Kind.is(service, first.kind) && service.getProperty(Plugin.TYPE) != null)
                .map(service -> new Announced(bundle, first.kind, service.getProperty(Plugin.TYPE).toString())));
        return Stream.concat(announced.stream(), further).distinct();
    }

    private PluginState of(Announced plugin, Map<String, String> problems) {
        Bundle bundle = plugin.bundle;
        State state;
        List<String> reasons = List.of();
        if (bundle.getState() == Bundle.INSTALLED) {
            state = State.UNRESOLVED;
            reasons = requirements.missing(bundle);
        } else if (!isStarted(bundle)) {
            state = State.STOPPED;
        } else if (plugin.services().findAny().isEmpty()) {
            state = State.UNSATISFIED;
            reasons = Stream.of(components.reasonsAgainst(bundle, plugin.type).stream(), diagnosed(bundle),
                    otherKinds(plugin))
                    .flatMap(some -> some).toList();
        } else {
            reasons = plugin.services().min(Kind.PRECEDENCE).map(service -> failures(plugin, service)).orElse(List.of());
            state = reasons.isEmpty() ? State.READY : State.FAILED;
        }
        if (state == State.READY) {
            Bundle picked = picked(plugin);
            state = picked.equals(bundle) ? State.READY : State.SHADOWED;
            reasons = picked.equals(bundle) ? List.of()
                    : List.of("jobs use the one of " + picked.getSymbolicName() + " " + picked.getVersion());
        } else if (reasons.isEmpty() && problems.containsKey(bundle.getLocation())) {
            reasons = List.of(problems.get(bundle.getLocation()));
        }
        return new PluginState(plugin.kind, plugin.type, bundle.getVersion().toString(), bundle.getSymbolicName(), state,
                reasons);
    }

    /** A lazily activated bundle is starting until one of its classes is loaded. */
    private static boolean isStarted(Bundle bundle) {
        return bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING;
    }

    /** @return the bundle that a lease would use: the first usable one with a plugin of this kind and type */
    private Bundle picked(Announced plugin) {
        return announced(plugin.kind, plugin.type).flatMap(Announced::services).sorted(Kind.PRECEDENCE)
                .filter(service -> plugin.bundle.equals(service.getBundle()) || works(service))
                .map(ServiceReference::getBundle).filter(Objects::nonNull).findFirst().orElse(plugin.bundle);
    }

    private boolean works(ServiceReference<?> service) {
        return asked(service, plugin -> plugin != null && foreign(service, plugin).isEmpty());
    }

    /** Instantiates the plugin, which Declarative Services do when a service is first requested: only then can it fail. */
    private List<String> failures(Announced plugin, ServiceReference<?> service) {
        List<String> foreign = asked(service, instance -> instance == null ? null : foreign(service, instance));
        if (foreign != null) {
            return foreign.stream().map(contract -> "it implements a copy of " + contract + " in its own bundle: the bundle "
                    + "must import that package instead, as bnd does if the API has scope provided").toList();
        }
        List<String> reasons = new ArrayList<>(components.reasonsAgainst(plugin.bundle, plugin.type));
        reasons.addAll(components.unloadable(plugin.bundle, plugin.type));
        return reasons.isEmpty() ? List.of("it can't be instantiated: see the log on standard error") : reasons;
    }

    private static Stream<ServiceReference<?>> services(Bundle bundle) {
        try {
            ServiceReference<?>[] services = bundle.getRegisteredServices();
            return services == null ? Stream.empty() : Arrays.stream(services);
        } catch (IllegalStateException e) {
            return Stream.empty(); // uninstalled in the meantime
        }
    }

    private <R> R asked(ServiceReference<?> service, Function<Object, R> question) {
        Object plugin = context.getService(service); // null if it can't be instantiated, or was unregistered
        try {
            return question.apply(plugin);
        } finally {
            if (plugin != null) {
                context.ungetService(service);
            }
        }
    }

    /** @return the service's interfaces that have the name of an API interface but are another class */
    private static List<String> foreign(ServiceReference<?> service, Object plugin) {
        return Arrays.stream(Kind.contracts(service)).filter(contract -> {
            try {
                return !Class.forName(contract, false, Plugin.class.getClassLoader()).isInstance(plugin);
            } catch (ClassNotFoundException e) {
                return false; // not an API interface
            }
        }).toList();
    }

    /** Services under the type whose interface is of another kind than the annotation. */
    private static Stream<String> otherKinds(Announced plugin) {
        return services(plugin.bundle).filter(service -> plugin.type.equals(service.getProperty(Plugin.TYPE)))
                .map(service -> "it is announced as " + plugin.kind + " but published as "
                        + Arrays.stream(Kind.contracts(service)).map(Kind::of).collect(Collectors.joining(" and "))
                        + ": name in @Provides the kind whose interface the class implements");
    }

    /** The problems that the bundle's own diagnosis reports. */
    private Stream<String> diagnosed(Bundle bundle) {
        return services(bundle)
                .filter(service -> List.of(Kind.contracts(service)).contains(Diagnosis.class.getName()))
                .flatMap(service -> asked(service, diagnosis -> findings((Diagnosis) diagnosis)).stream())
                .filter(finding -> finding.level() != Diagnosis.Level.OK)
                .map(Diagnosis.Finding::message);
    }

    private static List<Diagnosis.Finding> findings(Diagnosis diagnosis) {
        try {
            return diagnosis == null ? List.of() : diagnosis.findings();
        } catch (RuntimeException | LinkageError e) {
            return List.of(new Diagnosis.Finding(Diagnosis.Level.PROBLEM, "its diagnosis failed: " + e, ""));
        }
    }
}
