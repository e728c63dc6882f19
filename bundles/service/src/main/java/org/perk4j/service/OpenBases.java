package org.perk4j.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open base, with the memories that it keeps ready. When one of its plugins is replaced, the base is opened again while
 * the old one continues to answer; the old one is closed once it has completed what it began. When a plugin is gone, no
 * base is open until the plugin returns. Thread-safe.
 */
final class OpenBases implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OpenBases.class);

    /** How long opening is not retried after it failed. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Service.Opening opening;
    private final Supplier<Service.Configured> configured;
    private final Service.Usual usual;
    private final Library library;
    private final Settings settings;
    /** Held while a base is opened, which may take long. */
    private final Object opens = new Object();
    /** Opens for requests, which may have to end before that is done. */
    private final ExecutorService opener = new Background("perk open");
    private Shared<Opened> current;
    private boolean closed;
    /** When opening may be retried after it failed. */
    private volatile long retry = System.nanoTime();

    /**
     * @param configured what is configured now
     * @param usual      what applies where nothing is configured
     */
    OpenBases(Service.Opening opening, Supplier<Service.Configured> configured, Service.Usual usual, Library library,
              Settings settings) {
        this.opening = opening;
        this.configured = configured;
        this.usual = usual;
        this.library = library;
        this.settings = settings;
    }

    /**
     * The encoder of texts.
     *
     * @param adapter     the configured folder; empty for the default
     * @param fingerprint of the trained adapter, and of the bundles that encode with it
     * @param texts       cuts them into segments
     */
    record Encoder(String adapter, String fingerprint, OpenBase.Writer writer, EpisodeEncoder texts) {
    }

    /** A base that is open, and what it keeps ready. */
    final class Opened {

        private final String backend;
        private final OpenBase base;
        private final ReadyMemories memories;
        private Shared<Encoder> encoder;
        private long cacheLimit;

        private Opened(String backend) throws IOException {
            this.backend = backend;
            this.base = opening.open(choice(backend));
            this.memories = new ReadyMemories(library, base, settings.loaded());
            limitCaches();
        }

        OpenBase base() {
            return base;
        }

        ReadyMemories memories() {
            return memories;
        }

        /**
         * @return the encoder of texts, to be closed
         * @throws MissingPluginException if a plugin that it needs is not running
         */
        synchronized Shared<Encoder> encoder() throws IOException {
            forgetStaleEncoder();
            if (encoder == null) {
                String folder = configured.get().adapter();
                TrainedAdapter trained = folder.isEmpty() ? usual.trained() : TrainedAdapter.open(Path.of(folder));
                String learned = trained.fingerprint();
                OpenBase.Writer writer = base.writer(trained);
                String fingerprint = Fingerprint.of((learned + writer.bundles()).getBytes(StandardCharsets.UTF_8));
                encoder = new Shared<>(new Encoder(folder, fingerprint, writer, writer.encoder()), writer::close);
            }
            return encoder.use();
        }

        private synchronized void forgetStaleEncoder() {
            if (encoder != null && !(encoder.get().writer.isCurrent()
                    && encoder.get().adapter.equals(configured.get().adapter()))) {
                forgetEncoder();
            }
        }

        private synchronized void forgetEncoder() {
            if (encoder != null) {
                encoder.close();
                encoder = null;
            }
        }

        /** Sets the limit that is configured now; if it has changed, waits until the base isn't computing. */
        private void limitCaches() {
            long now = Limits.of(settings, configured.get()).memory();
            if (now != cacheLimit) {
                base.limitCaches(now);
                cacheLimit = now;
            }
        }

        private boolean isCurrent() {
            return base.isCurrent() && backend.equals(configured.get().backend());
        }

        private void close() {
            memories.close();
            forgetEncoder();
            base.close();
        }
    }

    private PluginChoice choice(String backend) {
        return backend.isEmpty() ? usual.backend() : PluginChoice.of(backend, Map.of());
    }

    /** @return the backend that is configured now */
    PluginChoice backend() {
        return choice(configured.get().backend());
    }

    /** @return the folder of the adapter that texts are encoded with now */
    Path trained() {
        String folder = configured.get().adapter();
        return (folder.isEmpty() ? usual.trained().path() : Path.of(folder)).toAbsolutePath().normalize();
    }

    /**
     * @return the base, to be closed; the same one as long as its plugins are the same
     * @throws MissingPluginException if a plugin that it needs is not running
     */
    Shared<Opened> use() throws IOException {
        Optional<Shared<Opened>> open = used();
        if (open.isPresent()) {
            return open.get();
        }
        synchronized (opens) {
            open = used();
            return open.isPresent() ? open.get() : opened();
        }
    }

    /**
     * As {@link #use()}, for a request.
     *
     * @throws Deadline.PassedException if it isn't open by then: it goes on being opened, for those who ask next
     */
    Shared<Opened> use(Deadline deadline) throws IOException {
        Optional<Shared<Opened>> open = used();
        if (open.isPresent()) {
            return open.get();
        }
        deadline.await(opener, () -> {
            use().close();
            return null;
        });
        return use();
    }

    /**
     * Makes ready what texts are encoded with, for whoever encodes next.
     *
     * @throws MissingPluginException   if a plugin is gone that it takes
     * @throws Deadline.PassedException if it isn't ready by then
     */
    void requireEncoder(Deadline deadline) throws IOException {
        deadline.await(opener, () -> {
            try (Shared<Opened> open = use()) {
                open.get().encoder().close();
            }
            return null;
        });
    }

    /** @return the base if it is open, to be closed */
    synchronized Optional<Shared<Opened>> used() {
        return Optional.ofNullable(current).map(Shared::use);
    }

    /** Opens the base, for later requests too. The caller holds {@link #opens}. */
    private Shared<Opened> opened() throws IOException {
        Opened made = new Opened(configured.get().backend());
        Shared<Opened> opened = new Shared<>(made, made::close);
        if (!replace(opened.use())) {
            opened.close();
            opened.close();
            throw new IllegalStateException("the service is shutting down");
        }
        return opened;
    }

    /** @return false if this is closed, so that nothing was replaced */
    private boolean replace(Shared<Opened> by) {
        Shared<Opened> before;
        synchronized (this) {
            if (closed) {
                return false;
            }
            before = current;
            current = by;
        }
        if (before != null) {
            before.close();
        }
        return true;
    }

    /**
     * Opens the base again if its plugins were replaced, and releases it if they are gone. To be called regularly. If none
     * is open, the next request opens it, if that is possible then.
     */
    void renew() {
        try {
            if (!isCurrent() && System.nanoTime() - retry >= 0) {
                reopen();
            }
        } catch (RuntimeException e) {
            LOG.error("Can't check whether the open base still has the current plugins", e);
        }
    }

    private boolean isCurrent() {
        Optional<Shared<Opened>> used = used();
        if (used.isEmpty()) {
            return true;
        }
        try (Shared<Opened> open = used.get()) {
            open.get().memories.forgetStale();
            open.get().forgetStaleEncoder();
            open.get().limitCaches();
            return open.get().isCurrent();
        }
    }

    /** Opens a base in place of the current one, which answers in the meantime. */
    private void reopen() {
        synchronized (opens) {
            try (Shared<Opened> open = opened()) {
                LOG.info("Opened {} anew, as one of its plugins was replaced", open.get().base.base().path());
            } catch (MissingPluginException e) {
                if (goOn()) {
                    LOG.error("The base continues with the plugins that it was opened with: {}", e.getMessage());
                } else {
                    replace(null);
                    LOG.warn("The base can't be asked: {}", e.getMessage());
                }
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                goOn();
                LOG.error("The base can't be opened with the current plugins, and continues with those that it has", e);
            }
        }
    }

    /** @return whether the plugins that the base was opened with still run, and only the configuration has changed */
    private boolean goOn() {
        retry = System.nanoTime() + PATIENCE.toNanos();
        Optional<Shared<Opened>> used = used();
        if (used.isEmpty()) {
            return false;
        }
        try (Shared<Opened> open = used.get()) {
            return open.get().base.isCurrent();
        }
    }

    /** @return whether a memory is kept ready */
    boolean isReady(String memory) {
        return used().map(open -> {
            try (open) {
                return open.get().memories.has(memory);
            }
        }).orElse(false);
    }

    /** Releases a memory, which is read again for the next question to it. */
    void unload(String memory) {
        used().ifPresent(open -> {
            try (open) {
                open.get().memories.unload(memory);
            }
        });
    }

    @Override
    public void close() {
        Shared<Opened> last;
        synchronized (this) {
            closed = true;
            last = current;
            current = null;
        }
        opener.shutdown();
        if (last != null) {
            last.close();
        }
    }
}
