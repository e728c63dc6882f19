package org.perk4j.plugins;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.formats.Spelling;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugin;
import org.perk4j.plugin.Plugins;

/** Finds plugins in the framework's service registry. */
@Component
public final class InstalledPlugins implements Plugins {

    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public InstalledPlugins(BundleContext context) {
        this.context = context;
    }

    @Override
    public <T> Lease<T> lease(Class<T> kind, String type) {
        List<ServiceReference<T>> newestFirst = references(kind)
                .filter(reference -> type.equals(reference.getProperty(Plugin.TYPE)))
                .sorted(Comparator.comparing(InstalledPlugins::serviceId).reversed())
                .toList();
        for (ServiceReference<T> reference : newestFirst) {
            T service = context.getService(reference);
            if (service != null) { // null if it went away just now, or failed to start
                return new ServiceLease<>(context, reference, service);
            }
        }
        List<String> types = types(kind);
        throw new IllegalArgumentException("no " + name(kind) + " of type \"" + type + "\" is installed; "
                + (types.isEmpty() ? "none at all is: see 'perk plugins'"
                : "there are " + String.join(", ", Spelling.byDistance(type, types))));
    }

    /** {@code AdapterType} is the contract of an adapter's plugin. */
    private static String name(Class<?> kind) {
        return kind.getSimpleName().replaceAll("(Type|Format)$", "").toLowerCase(Locale.ROOT);
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

    private static long serviceId(ServiceReference<?> reference) {
        return (Long) reference.getProperty("service.id");
    }
}
