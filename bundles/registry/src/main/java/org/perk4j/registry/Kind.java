package org.perk4j.registry;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.perk4j.plugin.Plugin;

/** The kinds of plugins by name, and the order in which plugins of one kind and type are picked. */
final class Kind {

    /**
     * Puts the one that is picked first: the highest bundle version; among equal versions the bundle that was installed
     * first, so that a shipped bundle is not replaced by another of the same version; within a bundle the newest service.
     */
    static final Comparator<ServiceReference<?>> PRECEDENCE = Comparator
            .<ServiceReference<?>, Version>comparing(Kind::version).reversed()
            .thenComparing(Kind::bundleId)
            .thenComparing(Comparator.<ServiceReference<?>, Long>comparing(Kind::serviceId).reversed());

    /** The kinds that jobs pick. */
    static final List<String> KNOWN = List.of("adapter", "optimizer", "objective", "task", "model", "backend", "tokenizer");

    private Kind() {
    }

    /** The kind of a contract: {@code adapter} for {@code AdapterType}. */
    static String of(Class<?> contract) {
        return of(contract.getName());
    }

    static String of(String contract) {
        return contract.replaceFirst(".*[.$]", "").replaceFirst("(Type|Format)$", "").toLowerCase(Locale.ROOT);
    }

    /** @return whether a service is a plugin of a kind and type */
    static boolean is(ServiceReference<?> service, String kind, String type) {
        return type.equals(service.getProperty(Plugin.TYPE)) && is(service, kind);
    }

    /** @return whether a service is a plugin of a kind */
    static boolean is(ServiceReference<?> service, String kind) {
        return Arrays.stream(contracts(service)).anyMatch(contract -> kind.equals(of(contract)));
    }

    /** @return the names of the interfaces that a service was published under */
    static String[] contracts(ServiceReference<?> service) {
        return (String[]) service.getProperty("objectClass");
    }

    static Version version(ServiceReference<?> service) {
        Bundle bundle = service.getBundle(); // null if unregistered in the meantime
        return bundle == null ? Version.emptyVersion : bundle.getVersion();
    }

    private static long bundleId(ServiceReference<?> service) {
        return (Long) service.getProperty("service.bundleid");
    }

    private static long serviceId(ServiceReference<?> service) {
        return (Long) service.getProperty("service.id");
    }
}
