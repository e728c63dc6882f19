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
     * The first is picked: the highest version of a bundle; of equal ones that installed first, lest what was shipped be
     * replaced by another of its version; of one bundle's the newest.
     */
    static final Comparator<ServiceReference<?>> PRECEDENCE = Comparator
            .<ServiceReference<?>, Version>comparing(Kind::version).reversed()
            .thenComparing(Kind::bundleId)
            .thenComparing(Comparator.<ServiceReference<?>, Long>comparing(Kind::serviceId).reversed());

    /** Those that jobs pick. */
    static final List<String> KNOWN = List.of("adapter", "optimizer", "objective", "task", "model", "backend", "tokenizer");

    private Kind() {
    }

    /** {@code AdapterType} is the contract of an adapter's plugin. */
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

    /** @return the names of the interfaces that a service was published by */
    static String[] contracts(ServiceReference<?> service) {
        return (String[]) service.getProperty("objectClass");
    }

    static Version version(ServiceReference<?> service) {
        Bundle bundle = service.getBundle(); // null if it went away just now
        return bundle == null ? Version.emptyVersion : bundle.getVersion();
    }

    private static long bundleId(ServiceReference<?> service) {
        return (Long) service.getProperty("service.bundleid");
    }

    private static long serviceId(ServiceReference<?> service) {
        return (Long) service.getProperty("service.id");
    }
}
