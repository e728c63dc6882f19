package org.perk4j.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the folder of third-party plugins: its bundles run, and while Perk4J runs, added, replaced and removed files take
 * effect, with a line in the log for each.
 *
 * <p>The folder is scanned once a second. A file is installed when two consecutive scans find it unchanged, unlike one that
 * is still being copied; at the start, all files are installed at once. Each is copied into the framework's storage, so the
 * file may be overwritten. What can't be used, {@linkplain PluginJar a file that is not a bundle} or a bundle that can't be
 * started, is tried again whenever something changes.
 *
 * <p>A bundle whose file was removed stops at once, and one whose file was replaced stops as soon as the new one has
 * started; but it keeps its classes until nobody holds a lease on one of its plugins.
 *
 * <p>As a service it reports which files can't be used and why: the reasons by the bundles' locations, or by files that are
 * not bundles. A second service, a function, tells for any file why it would be refused.
 */
final class PluginFolder implements Supplier<Map<String, String>>, AutoCloseable {

    /**
     * The bundle that leases plugins publishes a {@code Predicate<Bundle>} with this property: whether a lease on a bundle's
     * plugins is open.
     */
    private static final String LEASED = "(perk4j.role=leased)";

    private static final long SECONDS_BETWEEN_LOOKS = 1;

    private final Path folder;
    private final BundleContext context;
    private final Set<String> shipped;
    private final Map<Path, Known> known = new TreeMap<>();
    private final List<Bundle> leaving = new ArrayList<>();
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "perk plugins");
        thread.setDaemon(true);
        return thread;
    });
    private Map<Path, Print> lastLook = Map.of();
    private boolean running;
    private int installations;

    /** The properties that show whether a file has changed. */
    private record Print(long size, FileTime modified, Object file) {
    }

    /** A file that was tried, with its bundle or the reason why it has none, or with both if the bundle can't be started. */
    private static final class Known {

        private final Print print;
        private Bundle bundle;
        private String problem;
        private boolean started;

        private Known(Print print) {
            this.print = print;
        }
    }

    /** @param shipped the names of the shipped bundles, which no bundle in the folder may replace or extend */
    PluginFolder(Path folder, BundleContext context, Collection<String> shipped) {
        this.folder = folder;
        this.context = context;
        this.shipped = Set.copyOf(shipped);
    }

    /** Installs what is in the folder, and begins to watch it. */
    void open() {
        context.registerService(Supplier.class, this, new Hashtable<>(Map.of("perk4j.role", "plugin-folder")));
        Function<Path, String> refusal = this::refusal;
        context.registerService(Function.class, refusal, new Hashtable<>(Map.of("perk4j.role", "plugin-refusal")));
        look();
        looks.scheduleWithFixedDelay(this::look, SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        looks.shutdown();
        try {
            looks.awaitTermination(10, TimeUnit.SECONDS); // for a scan in progress: the framework must not stop under it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized Map<String, String> get() {
        Map<String, String> problems = new TreeMap<>();
        leaving.forEach(bundle -> problems.put(bundle.getLocation(),
                "its file was replaced or removed; it goes when the run that uses it ends"));
        known.forEach((file, entry) -> {
            if (entry.problem != null) {
                problems.put(entry.bundle == null ? file.toString() : entry.bundle.getLocation(), entry.problem);
            }
        });
        return problems;
    }

    private synchronized void look() {
        try {
            Map<Path, Print> here = files();
            Set<Path> gone = new TreeSet<>(known.keySet());
            gone.removeAll(here.keySet());
            Map<Path, Print> changed = new TreeMap<>();
            here.forEach((file, print) -> {
                boolean isNew = !known.containsKey(file) || !known.get(file).print.equals(print);
                if (isNew && (!running || print.equals(lastLook.get(file)))) {
                    changed.put(file, print);
                }
            });
            lastLook = here;
            if (!gone.isEmpty() || !changed.isEmpty()) {
                change(gone, changed);
            }
            uninstallWhoIsFree();
        } catch (IOException | RuntimeException e) {
            log().warn("The plugins in {} can't be looked through: {}", folder, e.toString());
        } finally {
            running = true;
        }
    }

    private Map<Path, Print> files() throws IOException {
        Map<Path, Print> files = new HashMap<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, PluginFolder::isJar)) {
            for (Path jar : jars) {
                files.put(jar, print(jar));
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        return files;
    }

    private static boolean isJar(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".jar");
    }

    private static Print print(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Print(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
        } catch (IOException e) {
            return new Print(-1, FileTime.fromMillis(0), null); // a broken link, or being deleted
        }
    }

    private void change(Set<Path> gone, Map<Path, Print> changed) {
        Map<Path, String> oldNames = new HashMap<>();
        Map<Path, String> oldProblems = new HashMap<>();
        known.forEach((file, entry) -> {
            oldNames.put(file, entry.bundle == null ? null : name(entry.bundle));
            oldProblems.put(file, entry.problem);
        });
        List<Known> replaced = new ArrayList<>();
        gone.forEach(file -> replaced.add(known.remove(file)));
        changed.forEach((file, print) -> replaced.add(known.put(file, new Known(print))));
        // The new bundle starts before the old one stops, so that one of the two always provides the plugin.
        takeUp();
        replaced.forEach(this::leave);
        uninstallWhoIsFree();
        takeUp(); // including those that couldn't start while the old one ran
        gone.forEach(file -> log().info("Removed {}{}", printable(file.getFileName()),
                oldNames.get(file) == null ? "" : ": " + oldNames.get(file)));
        known.forEach((file, entry) ->
                tell(file, entry, changed.containsKey(file), oldNames.get(file), oldProblems.get(file)));
    }

    private void takeUp() {
        known.forEach((file, entry) -> {
            if (entry.bundle == null) {
                install(file, entry);
            }
        });
        known.values().forEach(PluginFolder::start);
    }

    /** Logs a line for each event; at the start only for problems. */
    private void tell(Path file, Known entry, boolean changed, String oldName, String oldProblem) {
        if (entry.problem != null) {
            if (changed || !entry.problem.equals(oldProblem)) {
                log().warn("{} {}", printable(file), entry.problem);
            }
        } else if (running && changed && oldName != null) {
            log().info("Replaced {}: {} by {}", printable(file.getFileName()), oldName, name(entry.bundle));
        } else if (running && (changed || oldProblem != null)) {
            log().info("Took up {}: {}", printable(file.getFileName()), name(entry.bundle));
        }
    }

    private void install(Path file, Known entry) {
        try {
            PluginJar jar = PluginJar.read(file);
            jar.requireOther(shipped);
            // Not the file's own location: while a replaced bundle still has leases, two bundles come from one file.
            String location = file.toUri() + "#" + ++installations;
            Bundle bundle;
            try (InputStream in = Files.newInputStream(file)) {
                bundle = context.installBundle(location, in);
            }
            requireSingle(bundle);
            entry.bundle = bundle;
            entry.problem = null;
        } catch (IOException e) {
            entry.problem = e.getMessage();
        } catch (BundleException e) {
            entry.problem = "can't be installed: " + BundleFailure.reason(e);
        }
    }

    /** @return the reason why a file can't be a plugin, or null if it can */
    private String refusal(Path file) {
        try {
            PluginJar.read(file).requireOther(shipped);
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private void requireSingle(Bundle bundle) throws IOException, BundleException {
        for (Map.Entry<Path, Known> other : known.entrySet()) {
            if (other.getValue().bundle != null && name(bundle).equals(name(other.getValue().bundle))) {
                bundle.uninstall();
                throw new IOException("is " + name(bundle) + ", as is " + other.getKey().getFileName()
                        + ": remove one of them");
            }
        }
    }

    private static void start(Known entry) {
        Bundle bundle = entry.bundle;
        if (bundle == null || entry.started && bundle.getState() != Bundle.INSTALLED) {
            return; // a bundle that was stopped although it lacks nothing was stopped on purpose
        }
        if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
            return; // fragments are part of their host
        }
        try {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
            entry.started = true;
            entry.problem = null;
        } catch (BundleException e) {
            entry.problem = name(bundle) + " can't be started: " + BundleFailure.reason(e);
        }
    }

    private void leave(Known entry) {
        if (entry != null && entry.bundle != null) {
            try {
                entry.bundle.stop();
            } catch (BundleException e) {
                log().warn("{} didn't stop in order: {}", name(entry.bundle), BundleFailure.reason(e));
            }
            leaving.add(entry.bundle);
        }
    }

    /** Uninstalls bundles once no lease on their plugins is open: its holder may need classes that aren't loaded yet. */
    private void uninstallWhoIsFree() {
        Set<Bundle> free = new HashSet<>();
        for (Iterator<Bundle> left = leaving.iterator(); left.hasNext();) {
            Bundle bundle = left.next();
            if (!leased(bundle)) {
                left.remove();
                try {
                    bundle.uninstall();
                    free.add(bundle);
                } catch (BundleException | IllegalStateException e) {
                    log().warn("{} can't be uninstalled: {}", name(bundle), e.toString());
                }
            }
        }
        if (!free.isEmpty()) {
            refresh(free);
        }
    }

    private boolean leased(Bundle bundle) {
        try {
            return context.getServiceReferences(Predicate.class, LEASED).stream()
                    .anyMatch(reference -> leased(bundle, reference));
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean leased(Bundle bundle, ServiceReference<?> reference) {
        @SuppressWarnings("unchecked") // guaranteed by the property
        Predicate<Bundle> leases = (Predicate<Bundle>) context.getService(reference);
        try {
            return leases != null && leases.test(bundle);
        } finally {
            context.ungetService(reference);
        }
    }

    /** Wires the bundles that were wired to these again. */
    private void refresh(Set<Bundle> bundles) {
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class)
                .refreshBundles(bundles, event -> done.countDown());
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String name(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    /** Escapes a name, which may contain line breaks or terminal commands. */
    private static String printable(Path file) {
        return file.toString().replaceAll("\\p{Cntrl}", "?");
    }

    /**
     * Created only when something is to be logged: initializing the log takes a fifth of the time of a short command.
     */
    private static Logger log() {
        return LoggerFactory.getLogger(PluginFolder.class);
    }
}
