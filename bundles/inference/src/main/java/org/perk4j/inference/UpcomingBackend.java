package org.perk4j.inference;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.perk4j.backend.Backend;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;

/**
 * A backend that becomes ready on a thread of its own, beside what else is opened: its libraries take a while to load. To be
 * closed once a base is {@linkplain Memories#open(BaseModel, WeightType, UpcomingBackend) open} with it, or won't be.
 */
public final class UpcomingBackend implements AutoCloseable {

    private final PluginChoice choice;
    private final CompletableFuture<Lease<Backend>> lease;

    UpcomingBackend(PluginChoice choice, Plugins plugins) {
        this.choice = choice;
        this.lease = CompletableFuture.supplyAsync(() -> plugins.lease(Backend.class, choice.type()),
                loading -> new Thread(loading, "perk backend").start());
    }

    /** @return the backend, as it was picked */
    PluginChoice choice() {
        return choice;
    }

    /**
     * Waits until it is ready.
     *
     * @throws IllegalArgumentException if it is not installed
     */
    void await() {
        try {
            lease.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause(); // leasing throws no other
        }
    }

    /** Gives it back, unless it is in use, as soon as it is ready. Returns then. */
    @Override
    public void close() {
        lease.handle((leased, failure) -> leased).thenAccept(leased -> {
            if (leased != null) {
                leased.close();
            }
        }).join();
    }
}
