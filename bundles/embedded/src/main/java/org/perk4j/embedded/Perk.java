package org.perk4j.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.runtime.Platform;
import org.perk4j.runtime.StartException;
import org.perk4j.runtime.Storage;

/**
 * Perk4J inside a Java program:
 *
 * <pre>{@code
 * try (Perk perk = Perk.start(); Base base = perk.base(Path.of("model"), Path.of("adapter"))) {
 *     Memory memory = base.encode(text);
 *     System.out.println(base.ask(memory, "Who wrote the letter?"));
 * }}</pre>
 *
 * <p>The program's class path and Perk4J share this package, the API's packages and SLF4J, and nothing else, so that their
 * libraries can't conflict. Plugins on the class path are used: every bundle that provides some, such as
 * {@code org.perk4j.backend.nd4j}. Several instances may run at once. Thread-safe.
 */
public final class Perk implements AutoCloseable {

    private final Storage storage;
    private final Platform platform;
    private boolean closed;

    private Perk(Storage storage, Platform platform) {
        this.storage = storage;
        this.platform = platform;
    }

    /**
     * Starts Perk4J.
     *
     * @param plugins jars of further plugins, such as {@code perk plugin new} makes, beside those on the class path
     * @throws IOException naming the file that can't be used, and the remedy
     */
    public static Perk start(Path... plugins) throws IOException {
        try {
            Storage storage = Storage.temporary();
            try {
                return new Perk(storage, platform(storage, List.of(plugins)));
            } catch (IOException | StartException | RuntimeException e) {
                storage.close();
                throw e;
            }
        } catch (StartException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Platform platform(Storage storage, List<Path> plugins) throws IOException, StartException {
        Shipped shipped = Shipped.read();
        Platform platform = Platform.start(shipped.bundles(), shipped.sharedPackages(), storage.folder());
        try {
            platform.add(plugins);
            return platform;
        } catch (StartException | RuntimeException e) {
            platform.close();
            throw e;
        }
    }

    /**
     * Opens a base model to answer questions, and to encode texts with the adapter that is installed for it: see
     * {@link #base(Path, Path, String)}.
     */
    public Base base(Path folder) throws IOException {
        return base(folder, null, null);
    }

    /** Opens a base model to encode texts and to answer questions: see {@link #base(Path, Path, String)}. */
    public Base base(Path folder, Path adapter) throws IOException {
        return base(folder, adapter, null);
    }

    /**
     * Opens a base model and reads its weights.
     *
     * @param folder  a folder in Hugging Face's layout
     * @param adapter the output of {@code perk train}, to encode texts with; null for the one that is installed for the
     *                base, which is looked for when a text is encoded
     * @param backend the type of the backend; null for {@code nd4j}, or {@code java} if that isn't on the class path
     * @return the base; closing this closes it too
     * @throws IllegalArgumentException if there is no such backend; the message lists the existing ones
     * @throws IllegalStateException    if this is closed
     * @throws IOException              naming file, place and remedy, if the folders don't hold a valid model and an adapter
     *                                  that was trained with it
     */
    public Base base(Path folder, Path adapter, String backend) throws IOException {
        return service(Bases.class).open(folder, adapter, backend);
    }

    /**
     * Loads a memory from a folder, or an adapter that PEFT saved.
     *
     * @throws IllegalStateException if this is closed
     * @throws IOException           naming file, place and remedy, if the folder doesn't hold a valid one
     */
    public Memory load(Path folder) throws IOException {
        return service(MemoryStore.class).read(folder);
    }

    /**
     * Saves a memory to a folder, which PEFT can load too; as a whole or not at all. Replaces a memory that is there.
     *
     * @throws IllegalStateException if this is closed
     * @throws IOException           naming the place and the cause
     */
    public void save(Memory memory, Path folder) throws IOException {
        try (MemoryStore.Place place = service(MemoryStore.class).reserve(folder, true)) {
            place.write(memory);
        }
    }

    private synchronized <T> T service(Class<T> type) {
        if (closed) {
            throw new IllegalStateException("Perk4J is closed: start it again");
        }
        BundleContext context = platform.context();
        return context.getService(context.getServiceReference(type));
    }

    /**
     * Closes the open bases, once calls in progress are complete, and ends Perk4J, so that none of its threads, files and
     * classes remains.
     *
     * @throws IOException if temporary files can't be deleted
     */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            try (storage; platform) {
                // Before the other bundles, which it uses.
                platform.context().getServiceReference(Bases.class).getBundle().stop();
            } catch (BundleException e) {
                throw new IOException("Perk4J didn't end cleanly: " + e.getMessage(), e);
            }
        }
    }
}
