package org.perk4j.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.Options;

/**
 * Finds out what would come of a jar in the folder of plugins, by trying it: it is installed, started, asked, and taken
 * away again.
 */
@Component(service = PluginTrial.class)
public final class PluginTrial {

    private static final String NOTHING =
            "it provides nothing: mark the plugin's class with @Component and @Provides(kind = …, type = …)";

    private final BundleContext context;
    private final PluginStates states;
    private final Requirements requirements;
    private final Function<Path, String> refusal;

    /**
     * Called by Declarative Services.
     *
     * @param refusal says why the launcher would refuse a file, or null
     */
    @Activate
    public PluginTrial(BundleContext context, @Reference PluginStates states, @Reference Requirements requirements,
            @Reference(target = "(perk4j.role=plugin-refusal)", cardinality = ReferenceCardinality.OPTIONAL)
            Function<Path, String> refusal) {
        this.context = context;
        this.states = states;
        this.requirements = requirements;
        this.refusal = refusal == null ? file -> null : refusal;
    }

    /** Uses a plugin that is ready, to see whether it does what it must. */
    @ConsumerType
    @FunctionalInterface
    public interface Use {

        /**
         * @param plugin the instance
         * @return what came of it, in a sentence; null if it wasn't used
         * @throws IOException      if what is needed beside it can't be read
         * @throws RuntimeException saying what the plugin does wrong
         */
        String of(String kind, Object plugin) throws IOException;
    }

    /**
     * What came of it.
     *
     * @param bundle   the bundle's name; null if the file is none
     * @param version  its version; null likewise
     * @param plugins  what it provides
     * @param uses     what came of using each of these, in a sentence each
     * @param problems why it can't be used, in a sentence each; none if it can
     */
    public record Outcome(String bundle, String version, List<PluginState> plugins, List<String> uses,
                          List<String> problems) {

        /** @return whether it can be used */
        public boolean isSound() {
            return problems.isEmpty();
        }
    }

    /**
     * Without using it.
     *
     * @throws IOException naming the file, if it can't be read
     */
    public Outcome of(Path jar) throws IOException {
        return of(jar, (kind, plugin) -> null);
    }

    /**
     * @param use how each of the plugins is used
     * @throws IOException naming the file, if it can't be read
     */
    public Outcome of(Path jar, Use use) throws IOException {
        return of(jar, bundle -> tried(bundle, use));
    }

    /**
     * Without starting it, so that none of its code runs: whether it would resolve, and what it says that it provides.
     *
     * @throws IOException naming the file, if it can't be read
     */
    public Outcome unstarted(Path jar) throws IOException {
        return of(jar, bundle -> {
            List<String> problems = new ArrayList<>(requirements.missing(bundle));
            List<PluginState> plugins = states.of(bundle);
            requireKnownKinds(plugins, problems);
            if (problems.isEmpty() && providesNothing(bundle) && plugins.isEmpty()) {
                problems.add(NOTHING);
            }
            return new Outcome(bundle.getSymbolicName(), bundle.getVersion().toString(), plugins, List.of(), problems);
        });
    }

    /** What is found out about a bundle that is installed. */
    @FunctionalInterface
    private interface Examination {
        Outcome of(Bundle bundle) throws IOException;
    }

    private Outcome of(Path jar, Examination examination) throws IOException {
        byte[] content = InputFiles.read(jar);
        String refused = refusal.apply(jar);
        if (refused != null) {
            return new Outcome(null, null, List.of(), List.of(), List.of("it " + refused));
        }
        Bundle bundle;
        try {
            bundle = context.installBundle("trial:" + jar.toUri(), new ByteArrayInputStream(content));
        } catch (BundleException e) {
            return new Outcome(null, null, List.of(), List.of(), List.of("it can't be installed: " + e.getMessage()));
        }
        try {
            return examination.of(bundle);
        } finally {
            remove(bundle);
        }
    }

    private Outcome tried(Bundle bundle, Use use) throws IOException {
        List<String> problems = new ArrayList<>(requirements.missing(bundle));
        if (problems.isEmpty() && bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
            start(bundle, problems);
        }
        List<PluginState> plugins = states.of(bundle);
        requireKnownKinds(plugins, problems);
        for (PluginState plugin : plugins) {
            if (Kind.KNOWN.contains(plugin.kind()) && plugin.isBroken() && problems.isEmpty()) {
                problems.add(plugin.kind() + " " + plugin.type() + " is " + plugin.stateName()
                        + (plugin.reasons().isEmpty() ? "" : ": " + plugin.reason()));
            }
            states.options(plugin).ifPresent(options -> Options.problems(options).forEach(problem ->
                    problems.add("the options of " + plugin.kind() + " " + plugin.type() + ": " + problem)));
        }
        if (problems.isEmpty() && providesNothing(bundle)) {
            problems.add(NOTHING);
        }
        List<String> uses = new ArrayList<>();
        for (PluginState plugin : problems.isEmpty() ? plugins : List.<PluginState>of()) {
            use(plugin, use, uses, problems);
        }
        return new Outcome(bundle.getSymbolicName(), bundle.getVersion().toString(), plugins, uses, problems);
    }

    private static void requireKnownKinds(List<PluginState> plugins, List<String> problems) {
        plugins.stream().filter(plugin -> !Kind.KNOWN.contains(plugin.kind())).forEach(plugin ->
                problems.add("it provides a " + plugin.kind() + ", which no job picks: a plugin's kind is one of "
                        + String.join(", ", Kind.KNOWN)));
    }

    private void use(PluginState plugin, Use use, List<String> uses, List<String> problems) throws IOException {
        String named = plugin.kind() + " " + plugin.type() + ": ";
        try {
            states.asked(plugin, instance -> {
                try {
                    return use.of(plugin.kind(), instance);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).ifPresent(found -> uses.add(named + found));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException | LinkageError e) {
            problems.add(named + "it was used with its defaults, and " + (e instanceof IllegalStateException
                    || e instanceof IllegalArgumentException ? e.getMessage() : "threw " + e));
        }
    }

    private static void start(Bundle bundle, Collection<String> problems) {
        try {
            bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
        } catch (BundleException e) {
            Throwable root = e;
            while (root.getCause() != null && root.getCause() != root) {
                root = root.getCause();
            }
            problems.add("it can't be started: " + (root instanceof BundleException ? root.getMessage() : root.toString()));
        }
    }

    /** A bundle without plugins is sound too: a library of others, or a command. */
    private static boolean providesNothing(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return bundle.getRegisteredServices() == null && bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null
                && revision.getDeclaredCapabilities(BundleRevision.PACKAGE_NAMESPACE).isEmpty();
    }

    private void remove(Bundle bundle) {
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new IllegalStateException(bundle.getSymbolicName() + " was tried, and can't be taken away again: "
                    + e.getMessage(), e);
        }
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class)
                .refreshBundles(Set.of(bundle), event -> done.countDown());
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
