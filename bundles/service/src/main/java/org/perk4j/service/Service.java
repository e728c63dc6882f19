package org.perk4j.service;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.MemoryStore;

/** Serves a base and its memories by HTTP. A service; thread-safe. */
@Component(service = Service.class)
public final class Service {

    private final BundleContext context;
    private final MemoryStore store;
    private final ConfigurationAdmin configurations;

    /** Made by Declarative Services. */
    @Activate
    public Service(BundleContext context, @Reference MemoryStore store, @Reference ConfigurationAdmin configurations) {
        this.context = context;
        this.store = store;
        this.configurations = configurations;
    }

    /**
     * Begins to serve.
     *
     * @param name     that clients ask for the base by
     * @param base     what computes; to be closed after what is returned
     * @param trained  what texts are encoded with
     * @param memories the folder that has a folder for each memory; made when the first comes
     * @throws IOException if the adapter isn't the base's, or the address can't be listened at
     */
    public Running start(String name, OpenBase base, TrainedAdapter trained, Path memories, Settings settings)
            throws IOException {
        OpenBase.Writer writer = base.writer(trained);
        try {
            return new Running(name, base, writer, trained, memories, settings);
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    /** A service that runs until it is closed. */
    public final class Running implements AutoCloseable {

        /** For what is being answered when this is closed. */
        private static final int PATIENCE_SECONDS = 30;

        private final HttpServer server;
        private final OpenBase.Writer writer;
        private final Serving serving;
        private final Semaphore places;

        private Running(String name, OpenBase base, OpenBase.Writer writer, TrainedAdapter trained, Path memories,
                        Settings settings) throws IOException {
            this.writer = writer;
            this.places = new Semaphore(settings.requests());
            Library library = new Library(memories, store, base, settings.loaded());
            this.serving = new Serving(settings, name, base, library,
                    new EncodingJobs(library, writer, trained.encoder(base.base())), Instant.now());
            this.server = new HttpServer(context, configurations, settings);
            server.serve("/health", new HealthServlet());
            server.serve("/v1/models/*", new ModelsServlet(serving));
            server.serve("/v1/completions", new CompletionsServlet(serving, places, false));
            server.serve("/v1/chat/completions", new CompletionsServlet(serving, places, true));
            server.serve("/v1/memories/*", new MemoriesServlet(serving));
            server.serve("/v1/jobs/*", new JobsServlet(serving));
            server.serve("/*", new UnknownServlet(settings));
        }

        /** @return where it listens */
        public URI address() {
            return server.address();
        }

        /** Takes no more requests, ends those that it has, and what is being encoded, and gives everything back. */
        @Override
        public void close() {
            try {
                places.tryAcquire(serving.settings().requests(), PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            server.close();
            serving.jobs().close();
            serving.library().close();
            writer.close();
        }
    }
}
