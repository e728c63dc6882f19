package org.perk4j.registry;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.perk4j.plugin.Plugin;

/** The plugins that were unregistered, and when: one that is being replaced comes back after a moment. */
final class Departures implements ServiceListener {

    private final Set<ServiceReference<?>> here = ConcurrentHashMap.newKeySet();
    private final Map<Plug, Departure> last = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();

    /** A kind and type, as a lease asks for it. */
    private record Plug(String contract, Object type) {
    }

    private record Departure(Version version, long nanoTime) {
    }

    /** Starts listening. Called once, before the other methods. */
    void watch(BundleContext context) {
        context.addServiceListener(this);
        try {
            ServiceReference<?>[] services = context.getAllServiceReferences(null, "(" + Plugin.TYPE + "=*)");
            here.addAll(services == null ? Set.of() : Set.of(services));
            here.removeIf(service -> service.getBundle() == null); // unregistered in the meantime, perhaps without an event
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        ServiceReference<?> service = event.getServiceReference();
        Object type = service.getProperty(Plugin.TYPE);
        if (type == null) {
            return;
        }
        if (event.getType() == ServiceEvent.REGISTERED) {
            here.add(service);
        } else if (event.getType() == ServiceEvent.UNREGISTERING) {
            Departure departure = new Departure(Kind.version(service), System.nanoTime());
            Arrays.stream(Kind.contracts(service)).forEach(contract -> last.put(new Plug(contract, type), departure));
            here.remove(service);
        }
        changes.incrementAndGet();
    }

    /** @return a number that changes with each event: while it is the same, the same plugins are picked */
    long changes() {
        return changes.get();
    }

    /**
     * Waits a moment, if a plugin that would be picked was unregistered or is being unregistered.
     *
     * @param picked the version that is picked now, or null if there is none
     * @param since  when it was first asked for, as {@link System#nanoTime}
     * @param nanos  for how long the plugin may be expected to return
     * @return whether it waited, so that the caller should look again
     */
    boolean awaitReturn(Class<?> contract, String type, Version picked, long since, long nanos) {
        boolean leaves = System.nanoTime() - since < nanos && here.stream().anyMatch(service -> leaves(service)
                && Kind.is(service, Kind.of(contract), type) && isHigher(Kind.version(service), picked));
        if (!leaves && !left(contract, type, picked, nanos)) {
            return false;
        }
        try {
            Thread.sleep(20);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @return whether a plugin that would be picked was unregistered less than {@code nanos} ago */
    boolean left(Class<?> contract, String type, Version picked, long nanos) {
        Departure departure = last.get(new Plug(contract.getName(), type));
        return departure != null && System.nanoTime() - departure.nanoTime < nanos && isHigher(departure.version, picked);
    }

    private static boolean isHigher(Version gone, Version picked) {
        return picked == null || gone.compareTo(picked) > 0;
    }

    /** Whether a service is gone already: the framework unregisters it before it sends the event. */
    private static boolean leaves(ServiceReference<?> service) {
        Bundle bundle = service.getBundle();
        if (bundle == null || bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING) {
            return true;
        }
        ServiceReference<?>[] registered = bundle.getRegisteredServices();
        return registered == null || !Arrays.asList(registered).contains(service);
    }
}
