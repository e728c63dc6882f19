package org.perk4j.inference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;

/** Resources that a piece of work has opened; closed together, in reverse order. */
public final class Leases implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<Plug, Lease<?>> leased = new ConcurrentHashMap<>();

    private record Plug(Class<?> kind, String type) {
    }

    /** @return {@code opened}, which is closed with this */
    public <T extends AutoCloseable> T add(T opened) {
        open.push(opened);
        return opened;
    }

    /** @return a plugin, leased only once, so that work without end doesn't accumulate leases */
    public <T> T plugin(Plugins plugins, Class<T> kind, String type) {
        return kind.cast(leased.computeIfAbsent(new Plug(kind, type), plug -> add(plugins.lease(kind, type))).get());
    }

    /** @return the bundles of all leased plugins, with their versions, sorted */
    List<String> bundles() {
        return leased.values().stream().map(Lease::bundle).distinct().sorted().toList();
    }

    /** @return the bundle of a leased plugin, with its version */
    String bundle(Class<?> kind, String type) {
        return leased.get(new Plug(kind, type)).bundle();
    }

    /** @return whether the same plugins would be leased now */
    boolean areCurrent() {
        return leased.values().stream().allMatch(Lease::isCurrent);
    }

    @Override
    public void close() {
        leased.clear();
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                failure = e;
            } catch (Exception e) {
                failure = new IllegalStateException(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
