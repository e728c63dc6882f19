package org.perk4j.service;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.perk4j.evaluation.Evaluation;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.MemoryStore;
import org.perk4j.plugin.MissingPluginException;
import org.perk4j.registry.PluginBundles;
import org.perk4j.registry.PluginJars;
import org.perk4j.registry.PluginStates;
import org.perk4j.registry.PluginTrial;
import org.perk4j.training.LanguageTraining;
import org.perk4j.training.MetaTraining;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a base and its memories by HTTP. A service; thread-safe. */
@Component(service = Service.class, configurationPid = "org.perk4j.service")
@Designate(ocd = Service.Configured.class)
public final class Service {

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private final BundleContext context;
    private final MemoryStore store;
    private final ConfigurationAdmin configurations;
    private final PluginStates states;
    private final PluginBundles bundles;
    private final PluginTrial trial;
    private final Runner.Trainings trainings;
    private volatile Configured configured;

    /** What can be configured, in {@code conf/org.perk4j.service.config}, also while it serves. */
    @ObjectClassDefinition(name = "Perk4J service", description = "What 'perk serve' computes and encodes with.")
    @interface Configured {

        /** The backend; empty for that of the command line. */
        @AttributeDefinition(description = "The type of the backend that computes, such as nd4j; empty for that which the "
                + "command line says")
        String backend() default "";

        /** The trained adapter that encodes texts; empty for that of the command line. */
        @AttributeDefinition(description = "The folder of a trained adapter that texts are encoded with, and so the types "
                + "of adapter, optimizer and objective; empty for that which the command line says")
        String adapter() default "";

        /** How long a request may take; 0 for what the command line says. */
        @AttributeDefinition(description = "The most seconds that a request takes; 0 for what the command line says")
        int maxSeconds() default 0;

        /** The memory for answers; 0 for what the command line says. */
        @AttributeDefinition(description = "The most bytes for the keys and values of all answers that are being written; "
                + "0 for what the command line says")
        long maxMemory() default 0;

        /** The share of a request in it; 0 for what the command line says. */
        @AttributeDefinition(description = "The most of these bytes for one request; 0 for what the command line says")
        long maxRequestMemory() default 0;
    }

    /** Made by Declarative Services. */
    @Activate
    public Service(BundleContext context, @Reference MemoryStore store, @Reference ConfigurationAdmin configurations,
            @Reference PluginStates states, @Reference PluginBundles bundles, @Reference PluginTrial trial,
            @Reference MetaTraining meta, @Reference LanguageTraining language, @Reference Evaluation evaluation,
            Configured configured) {
        this.context = context;
        this.store = store;
        this.configurations = configurations;
        this.states = states;
        this.bundles = bundles;
        this.trial = trial;
        this.trainings = new Runner.Trainings(meta, language, evaluation);
        this.configured = configured;
    }

    private Limits limits(Settings settings) {
        return Limits.of(settings, configured);
    }

    @Modified
    void modified(Configured changed) {
        configured = changed;
    }

    /** Opens a base with the plugins that run now. */
    @ConsumerType
    @FunctionalInterface
    public interface Opening {

        /**
         * @param backend the backend that computes
         * @return the open base, which the service closes
         * @throws IOException              if the base can't be opened, saying why
         * @throws IllegalArgumentException if a plugin that it needs is missing, or can't be used this way
         */
        OpenBase open(PluginChoice backend) throws IOException;
    }

    /**
     * What the command line says, which applies where nothing else is configured.
     *
     * @param backend that computes
     * @param trained the adapter that encodes texts
     */
    record Usual(PluginChoice backend, TrainedAdapter trained) {
    }

    /**
     * Starts to serve.
     *
     * @param name     the base's name for clients; null for that of its folder or file
     * @param backend  the backend, if none is configured
     * @param opening  opens the base, now and whenever one of its plugins was replaced
     * @param trained  the adapter that encodes texts
     * @param data     the folder for all that is stored, made if it is missing; locked while this serves
     * @param key      the file of the key that what is kept is encrypted with; empty for none
     * @param plugins  where plugins are installed
     * @throws IOException if the adapter isn't the base's, the folder is another process's, the database can't be used, or
     *                     the address can't be listened at
     */
    public Running start(String name, PluginChoice backend, Opening opening, TrainedAdapter trained, Path data,
                         Optional<Path> key, PluginJars plugins, Settings settings) throws IOException {
        Kept kept = Kept.open(context, store, data, key, settings);
        OpenBases bases = new OpenBases(opening, () -> configured, new Usual(backend, trained), kept.library(),
                settings);
        try {
            return start(name, bases, kept, plugins, settings);
        } catch (IOException | RuntimeException e) {
            bases.close();
            kept.close();
            throw e;
        }
    }

    /** The server starts while the base is opened: both take a while. Until all is there, it serves nothing. */
    private Running start(String name, OpenBases bases, Kept kept, PluginJars plugins, Settings settings)
            throws IOException {
        HttpServer server = new HttpServer(context, configurations, settings);
        try (Shared<OpenBases.Opened> first = bases.use()) {
            requireEncoder(first.get());
            Path folder = first.get().base().base().path().toAbsolutePath().normalize();
            String ofBase = folder.getFileName().toString().replaceFirst("\\.gguf$", "");
            return new Running(name == null ? ofBase : name, folder, bases, kept, plugins, settings, server);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /**
     * Replaces the key that a service's data are encrypted with; the service may run meanwhile.
     *
     * @param data   the folder
     * @param before the file of the key
     * @param after  the file of the key that takes its place
     * @throws IOException naming the remedy, if the data aren't encrypted with {@code before}, or a file holds no key
     */
    public void replaceKey(Path data, Path before, Path after) throws IOException {
        DataKey.replace(data, before, after);
    }

    /** Finds errors early; a plugin that is missing may still come. */
    private static void requireEncoder(OpenBases.Opened base) throws IOException {
        try {
            base.encoder().close();
        } catch (MissingPluginException e) {
            LOG.warn("Nothing can be encoded until this plugin is there: {}", e.getMessage());
        }
    }

    /** A service that runs until it is closed. */
    public final class Running implements AutoCloseable {

        /** How long closing waits for answers that are being generated. */
        private static final int PATIENCE_SECONDS = 30;
        /** How often uses of memories are written to the database. */
        private static final int FLUSH_SECONDS = 10;

        private final HttpServer server;
        private final URI address;
        private final Kept kept;
        private final Serving serving;
        private final Jobs jobs;
        private final Semaphore places;
        private final ScheduledExecutorService renewal = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "perk renewal");
            thread.setDaemon(true);
            return thread;
        });
        private final Metrics metrics;

        private Running(String name, Path base, OpenBases bases, Kept kept, PluginJars plugins, Settings settings,
                        HttpServer server) throws IOException {
            this.places = new Semaphore(settings.requests());
            this.kept = kept;
            EncodingJobs encodings = new EncodingJobs(kept, store, bases);
            kept.read(encodings);
            this.serving = new Serving(settings, () -> limits(settings), name, bases, kept.library(), encodings,
                    Instant.now());
            Path data = kept.folder().path();
            RunFolder runFolder = new RunFolder(data);
            Runner runner = new Runner(trainings, states, data,
                    () -> new Runner.Defaults(base, bases.trained(), bases.backend()));
            RunJobs runs = new RunJobs(runFolder, runner);
            runs.open();
            this.jobs = new Jobs(encodings, runs, runner, runFolder);
            this.server = server;
            this.address = server.address();
            this.metrics = new Metrics(name); // it listens to the virtual machine until this is closed
            watch();
            server.filter(new AccessFilter(metrics, serving.limits(), new BodyRoom(settings.maxBody())));
            server.serve("/health", new HealthServlet());
            server.serve("/v1/models/*", new ModelsServlet(serving));
            server.serve("/v1/completions", new CompletionsServlet(serving, places, metrics, false));
            server.serve("/v1/chat/completions", new CompletionsServlet(serving, places, metrics, true));
            server.serve("/v1/ask", new AskServlet(serving, places));
            server.serve("/v1/memories/*", new MemoriesServlet(serving,
                    new MemoryArchive(kept, store, bases, settings.imported())));
            server.serve("/v1/jobs/*", new JobsServlet(settings, jobs));
            server.serve("/v1/plugins/*", new PluginsServlet(settings, states, bundles, trial, plugins));
            server.serve("/ready", new ReadyServlet(bases));
            server.serve("/metrics", new MetricsServlet(settings, metrics));
            PageServlet page = new PageServlet(context.getBundle());
            server.serve("", page);
            server.serve("/page/*", page);
            server.serve("/openapi.yaml", page);
            server.serve("/", new UnknownServlet(settings));
            renewal.scheduleWithFixedDelay(bases::renew, 1, 1, TimeUnit.SECONDS);
            renewal.scheduleWithFixedDelay(kept.library()::flush, FLUSH_SECONDS, FLUSH_SECONDS, TimeUnit.SECONDS);
            renewal.scheduleWithFixedDelay(jobs::takeFiles, 1, 1, TimeUnit.SECONDS);
            encodings.begin();
            runs.begin();
        }

        private void watch() {
            metrics.watch("perk.answers.active", "Questions that are being answered",
                    () -> serving.settings().requests() - places.availablePermits());
            metrics.watch("perk.jobs.open", "Jobs that wait or run", jobs::unfinished);
            metrics.watch("perk.memories.loaded", "Memories that are kept ready",
                    () -> ofOpen(base -> base.memories().count()));
            metrics.watch("perk.tensors.live", "Bytes that tensors hold",
                    () -> ofOpen(base -> base.base().memory().liveBytes()));
        }

        private long ofOpen(ToLongFunction<OpenBases.Opened> value) {
            try (Shared<OpenBases.Opened> open = serving.bases().used().orElse(null)) {
                return open == null ? 0 : value.applyAsLong(open.get());
            }
        }

        /** @return where it listens */
        public URI address() {
            return address;
        }

        /** @return the base's name for clients */
        public String name() {
            return serving.name();
        }

        /** Takes no more requests, ends those in progress and the jobs that run, and releases everything. */
        @Override
        public void close() {
            jobs.end(); // they would go on computing while answers wait
            try {
                places.tryAcquire(serving.settings().requests(), PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            server.close();
            renewal.shutdown();
            jobs.runs().close();
            serving.jobs().close();
            serving.bases().close();
            kept.close();
            metrics.close();
        }
    }
}
