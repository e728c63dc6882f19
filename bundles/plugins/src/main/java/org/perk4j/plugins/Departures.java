package org.perk4j.plugins;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.perk4j.plugin.Plugin;

/** Which plugins went away, and when: one that is being replaced is back after a moment. */
final class Departures implements ServiceListener {

    private final Map<Plug, Departure> last = new ConcurrentHashMap<>();

    /** What is picked by a lease. */
    private record Plug(String contract, Object type) {
    }

    private record Departure(Version version, long nanoTime) {
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        ServiceReference<?> service = event.getServiceReference();
        Object type = service.getProperty(Plugin.TYPE);
        if (event.getType() == ServiceEvent.UNREGISTERING && type != null) {
            Departure departure = new Departure(Kind.version(service), System.nanoTime());
            Arrays.stream(Kind.contracts(service)).forEach(contract -> last.put(new Plug(contract, type), departure));
        }
    }

    /**
     * Waits a moment, if a plugin went away that would have been picked.
     *
     * @param here   the version that is picked now, or null if there is none
     * @param nanos  for how long after a departure to expect a return
     * @return whether it waited, so that it is time to look again
     */
    boolean awaitReturn(Class<?> contract, String type, Version here, long nanos) {
        Departure departure = last.get(new Plug(contract.getName(), type));
        if (departure == null || System.nanoTime() - departure.nanoTime >= nanos
                || here != null && here.compareTo(departure.version) >= 0) {
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
}
