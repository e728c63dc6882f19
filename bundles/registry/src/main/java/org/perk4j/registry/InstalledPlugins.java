package org.perk4j.registry;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.formats.Spelling;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.plugin.Plugin;
import org.perk4j.plugin.Plugins;

/**
 * Finds plugins in the framework's service registry. As a predicate, it tells the launcher whether any of a bundle's plugins
 * is leased, so that the launcher doesn't remove classes that are in use.
 */
@Component(service = {Plugins.class, Predicate.class}, property = "perk4j.role=leased",
        configurationPid = "org.perk4j.registry")
public final class InstalledPlugins implements Plugins, Predicate<Bundle> {

    private final BundleContext context;
    private final PluginStates states;
    private final Departures departures = new Departures();
    private final Map<Bundle, Integer> leased = new ConcurrentHashMap<>();
    private volatile long patience;

    /** The configuration, in {@code conf/org.perk4j.registry.config}. */
    @interface Settings {

        /** The number of seconds for which a lease waits for a plugin that has just stopped and may be restarting. */
        double replacementSeconds() default 5;
    }

    /** Called by Declarative Services. */
    @Activate
    public InstalledPlugins(BundleContext context, @Reference PluginStates states, Settings settings) {
        this(context, states, settings.replacementSeconds());
    }

    InstalledPlugins(BundleContext context, PluginStates states, double replacementSeconds) {
        this.context = context;
        this.states = states;
        this.patience = nanos(replacementSeconds);
        departures.watch(context);
    }

    @Modified
    void modified(Settings settings) {
        patience = nanos(settings.replacementSeconds());
    }

    @Deactivate
    void deactivate() {
        context.removeServiceListener(departures);
    }

    private static long nanos(double seconds) {
        return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    @Override
    public <T> Lease<T> lease(Class<T> kind, String type) {
        long since = System.nanoTime();
        ServiceLease<T> lease = first(kind, type);
        while (departures.awaitReturn(kind, type, lease == null ? null : lease.version(), since, patience)) {
            if (lease != null) {
                lease.close();
            }
            lease = first(kind, type);
        }
        if (lease == null) {
            throw new MissingPluginException(Kind.of(kind), type, absent(kind, type));
        }
        return lease;
    }

    /** @return a lease on the first usable plugin, or null */
    private <T> ServiceLease<T> first(Class<T> kind, String type) {
        return references(kind).filter(reference -> type.equals(reference.getProperty(Plugin.TYPE))).sorted(Kind.PRECEDENCE)
                .map(reference -> lease(kind, reference)).filter(Objects::nonNull).findFirst().orElse(null);
    }

    /** Counts the lease before it gets the service, so that the bundle never seems unleased in between. */
    private <T> ServiceLease<T> lease(Class<T> kind, ServiceReference<T> reference) {
        Bundle bundle = reference.getBundle();
        if (bundle == null) {
            return null; // unregistered in the meantime
        }
        leased.merge(bundle, 1, Integer::sum);
        T service = context.getService(reference); // null if unregistered in the meantime, or failed to start
        Runnable giveBack = () -> {
            if (service != null) {
                ungetService(reference);
            }
            leased.computeIfPresent(bundle, (key, leases) -> leases == 1 ? null : leases - 1);
        };
        if (!kind.isInstance(service)) { // null, or its interface was loaded by another bundle
            giveBack.run();
            return null;
        }
        return new ServiceLease<>(service, bundle, new Currency<>(kind, reference, service), giveBack);
    }

    /** Whether a new lease would be on the same service. Computed once after each change. */
    private final class Currency<T> implements BooleanSupplier {

        private final Class<T> kind;
        private final String type;
        private final T service;
        private long asked = -1;
        private boolean current;

        Currency(Class<T> kind, ServiceReference<T> reference, T service) {
            this.kind = kind;
            this.type = (String) reference.getProperty(Plugin.TYPE);
            this.service = service;
        }

        @Override
        public synchronized boolean getAsBoolean() {
            long changes = departures.changes();
            if (asked == changes) {
                return current;
            }
            try (ServiceLease<T> next = first(kind, type)) {
                current = next != null && next.get() == service;
                if (!current && departures.left(kind, type, next == null ? null : next.version(), patience)) {
                    return true; // for now: it may be restarting
                }
            }
            asked = changes;
            return current;
        }
    }

    private void ungetService(ServiceReference<?> reference) {
        try {
            context.ungetService(reference);
        } catch (IllegalStateException alreadyGivenBack) {
            // The framework is stopping, or this bundle was updated; either releases the service.
        }
    }

    @Override
    public boolean test(Bundle bundle) {
        return leased.containsKey(bundle);
    }

    private String absent(Class<?> kind, String type) {
        String problem = "no " + Kind.of(kind) + " of type \"" + type + "\" ";
        List<PluginState> broken = states.broken(Kind.of(kind), type);
        if (!broken.isEmpty()) {
            return problem + "can be used: " + broken.stream()
                    .map(plugin -> plugin + (plugin.reason() == null ? "" : ": " + plugin.reason()))
                    .collect(Collectors.joining("; "));
        }
        List<String> types = types(kind);
        return problem + "is installed; " + (types.isEmpty() ? "none at all is: see 'perk plugins'"
                : "there are " + String.join(", ", Spelling.byDistance(type, types)));
    }

    @Override
    public List<String> types(Class<?> kind) {
        return references(kind).map(reference -> reference.getProperty(Plugin.TYPE)).filter(Objects::nonNull)
                .map(Object::toString).distinct().sorted().toList();
    }

    private <T> Stream<ServiceReference<T>> references(Class<T> kind) {
        try {
            return context.getServiceReferences(kind, null).stream();
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("there is no filter", e);
        }
    }
}
