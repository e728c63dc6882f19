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
 * Tries a jar without keeping it in the plugin folder: it is installed, started, used, and uninstalled again, to find out
 * whether it would work.
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
     * @param refusal returns the reason why the launcher would refuse a file, or null
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

    /** Uses a plugin that is ready, to check that it works. */
    @ConsumerType
    @FunctionalInterface
    public interface Use {

        /**
         * @param plugin the instance
         * @return the result, in a sentence; null if it wasn't used
         * @throws IOException      if another file that is needed can't be read
         * @throws RuntimeException describing the plugin's mistake
         */
        String of(String kind, Object plugin) throws IOException;
    }

    /**
     * The result of a trial.
     *
     * @param bundle   the bundle's name; null if the file is not a bundle
     * @param version  the bundle's version; null if the file is not a bundle
     * @param plugins  the plugins that it provides
     * @param uses     the result of using each of these, in a sentence each
     * @param problems why it can't be used, in a sentence each; empty if it can
     */
    public record Outcome(String bundle, String version, List<PluginState> plugins, List<String> uses,
                          List<String> problems) {

        /** @return whether it can be used */
        public boolean isSound() {
            return problems.isEmpty();
        }
    }

    /**
     * Tries a jar without using its plugins.
     *
     * @throws IOException naming the file, if it can't be read
     */
    public Outcome of(Path jar) throws IOException {
        return of(jar, (kind, plugin) -> null);
    }

    /**
     * @param use uses each of the plugins
     * @throws IOException naming the file, if it can't be read
     */
    public Outcome of(Path jar, Use use) throws IOException {
        return of(jar, bundle -> tried(bundle, use));
    }

    /**
     * Checks a jar without starting it, so that none of its code runs: whether it would resolve, and what it announces.
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

    /** Examines an installed bundle. */
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
                problems.add("it provides a " + plugin.kind() + ", a kind that no job can pick: the kinds are "
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
            problems.add(named + "used with its default options: " + (e instanceof IllegalStateException
                    || e instanceof IllegalArgumentException ? e.getMessage() : "it threw " + e));
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

    /** A bundle without plugins may be useful too: a library for other bundles, or a command. */
    private static boolean providesNothing(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return bundle.getRegisteredServices() == null && bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null
                && revision.getDeclaredCapabilities(BundleRevision.PACKAGE_NAMESPACE).isEmpty();
    }

    private void remove(Bundle bundle) {
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new IllegalStateException(bundle.getSymbolicName() + " was tried but can't be uninstalled: "
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
