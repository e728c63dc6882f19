package org.perk4j.runtime;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToIntBiFunction;
import java.util.stream.Collectors;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.log.LogService;
import org.slf4j.LoggerFactory;

/**
 * A running installation: the framework with all shipped bundles, started, and with the plugin folder watched.
 *
 * <p>The bundles start one after the other on the calling thread, and Declarative Services activates components on the same
 * thread: when {@link #start} returns, every service that can exist does.
 */
public final class Platform implements AutoCloseable {

    /** The folders that are created in the storage. */
    static final String FRAMEWORK = "framework";
    static final String CONFIGURATIONS = "configurations";

    /** The bundle with the command line publishes a {@code ToIntBiFunction<String[], PrintStream>} with this property. */
    private static final String COMMAND_LINE =
            "(&(objectClass=java.util.function.ToIntBiFunction)(perk4j.role=command-line))";

    /** Started before all others, so that their components are activated as they start. */
    private static final String COMPONENT_RUNTIME = "org.apache.felix.scr";

    /** Started after all others, so that configurations are applied to a complete installation. */
    private static final String CONFIGURATION_WATCH = "org.apache.felix.fileinstall";

    private static final String OUR_BUNDLES = "org.perk4j.";

    /** The time limit for stopping bundles, after which the process ends anyway. */
    private static final long STOPPING_MILLIS = 10_000;

    private final Framework framework;
    private final List<Bundle> shipped;
    private Optional<PluginFolder> plugins = Optional.empty();

    private Platform(Framework framework, List<Bundle> shipped) {
        this.framework = framework;
        this.shipped = shipped;
    }

    /**
     * Starts an installation.
     *
     * @param storage the folder where the framework unpacks what it needs; its previous content is deleted
     * @throws StartException naming the bundle that can't be started, and what it lacks
     */
    public static Platform start(Installation installation, Path storage) throws StartException {
        Map<String, Object> configuration = configuration(storage);
        configuration.put("perk4j.configurations", installation.configurations().toString());
        // Through a variable: a comma in the value itself would separate two folders.
        configuration.put("felix.fileinstall.dir", "${perk4j.configurations}");
        configuration.put("felix.fileinstall.filter", ".*\\.(config|cfg)");
        configuration.put("felix.fileinstall.configEncoding", "UTF-8");
        configuration.put("felix.fileinstall.enableConfigSave", "false");
        configuration.put("felix.fileinstall.tmpdir", storage.resolve(CONFIGURATIONS).toString());
        configuration.put("felix.fileinstall.noInitialDelay", "true");
        configuration.put("felix.fileinstall.poll", "1000");
        configuration.put("felix.fileinstall.log.level", "2"); // warnings
        Platform platform = start(configuration, installation.bundles().stream().map(BundleFile::at).toList());
        platform.watch(installation.plugins());
        return platform;
    }

    /**
     * Starts bundles that a program includes. Nothing of them is left in the process when this is closed.
     *
     * @param packages packages of the program's class path that the bundles share with it, in the syntax of
     *                 {@code Export-Package}
     * @param storage  the folder where the framework unpacks what it needs; its previous content is deleted
     * @throws StartException naming the bundle that can't be started, and what it lacks
     */
    public static Platform start(List<BundleFile> bundles, String packages, Path storage) throws StartException {
        Map<String, Object> configuration = configuration(storage);
        configuration.merge(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, packages, (logging, shared) -> logging + "," + shared);
        configuration.put(FelixConstants.SERVICE_URLHANDLERS_PROP, "false");
        configuration.put(FelixConstants.RESOLVER_PARALLELISM, "1"); // its threads would outlive the framework
        return start(configuration, bundles);
    }

    private static Platform start(Map<String, Object> configuration, List<BundleFile> files) throws StartException {
        CompletableFuture<?> log = CompletableFuture.supplyAsync(LoggerFactory::getILoggerFactory,
                initialization -> new Thread(initialization, "perk log").start());
        Felix framework = new Felix(configuration);
        try {
            framework.start();
            UsedServices.ofUninstalledBundlesAreForgotten(framework);
            BundleContext context = framework.getBundleContext();
            context.registerService(
                    new String[] {LogService.class.getName(), org.osgi.service.log.LoggerFactory.class.getName()},
                    new ServiceLog(), null);
            List<Bundle> bundles = installAll(context, files);
            bundles.sort(Comparator.comparingInt(Platform::turn));
            log.join(); // what is logged earlier waits as well, and is announced as late
            startAll(context, bundles);
            return new Platform(framework, bundles);
        } catch (BundleException e) {
            stop(framework);
            throw new StartException("the OSGi framework can't be started in "
                    + configuration.get(Constants.FRAMEWORK_STORAGE) + ": " + BundleFailure.reason(e), e);
        } catch (StartException e) {
            stop(framework);
            throw e;
        }
    }

    private static Map<String, Object> configuration(Path storage) {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.resolve(FRAMEWORK).toString());
        configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, loggingPackages());
        configuration.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
        configuration.put(FelixConstants.LOG_LEVEL_PROP, "2"); // warnings
        // A bundle sees only what it imports, as in every container.
        configuration.put(FelixConstants.IMPLICIT_BOOT_DELEGATION_PROP, "false");

        // While a replaced plugin still has leases, the old and the new one may have the same name and version.
        configuration.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);

        // Only 'perk serve' starts a server: see org.perk4j.service.
        configuration.put("org.apache.felix.http.require.config", "true");
        return configuration;
    }

    /** The logging API is shared with the launcher, so that there is one logging system, configured once. */
    private static String loggingPackages() {
        String found = LoggerFactory.class.getPackage().getImplementationVersion();
        String version = found != null && found.startsWith("2.") ? found : "2.0"; // in one jar with others it isn't known
        return String.join(",", List.of("org.slf4j", "org.slf4j.event", "org.slf4j.helpers", "org.slf4j.spi"))
                .replaceAll("[^,]+", "$0;version=" + version)
                + ",org.osgi.service.log;version=1.5.0";
    }

    private void watch(Path folder) {
        PluginFolder watched = new PluginFolder(folder, context(), shipped.stream().map(Bundle::getSymbolicName).toList());
        watched.open();
        plugins = Optional.of(watched);
    }

    private static List<Bundle> installAll(BundleContext context, List<BundleFile> files) throws StartException {
        List<Bundle> bundles = new ArrayList<>();
        for (BundleFile file : files) {
            try {
                bundles.add(context.installBundle(file.location(), file.content().map(Supplier::get).orElse(null)));
            } catch (BundleException e) {
                throw new StartException(file.location().replaceFirst("^reference:", "") + " is no sound bundle: "
                        + BundleFailure.reason(e), e);
            }
        }
        return bundles;
    }

    private static void startAll(BundleContext context, List<Bundle> bundles) throws StartException {
        // All at once is faster than one by one, and what fails here fails again below, with a reason.
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).resolveBundles(bundles);
        for (Bundle bundle : bundles) {
            start(bundle);
        }
    }

    /**
     * Adds plugins from others, until this is closed.
     *
     * @throws StartException naming the file that is no plugin, or what a plugin lacks
     */
    public void add(List<Path> jars) throws StartException {
        Set<String> names = shipped.stream().map(Bundle::getSymbolicName).collect(Collectors.toSet());
        for (Path jar : jars) {
            try {
                PluginJar.read(jar).requireOther(names);
            } catch (IOException e) {
                throw new StartException(jar + " " + e.getMessage(), e);
            }
        }
        startAll(context(), installAll(context(), jars.stream().map(BundleFile::at).toList()));
    }

    private static int turn(Bundle bundle) {
        return switch (bundle.getSymbolicName()) {
            case COMPONENT_RUNTIME -> 0;
            case CONFIGURATION_WATCH -> 3;
            default -> bundle.getSymbolicName().startsWith(OUR_BUNDLES) ? 2 : 1;
        };
    }

    private static void start(Bundle bundle) throws StartException {
        if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
            return; // part of its host
        }
        try {
            bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY); // no later process shall know of it
        } catch (BundleException e) {
            throw new StartException("bundle " + bundle.getSymbolicName() + " " + bundle.getVersion()
                    + " can't be started: " + BundleFailure.reason(e), e);
        }
    }

    /** @return the context of the framework itself, to look around in */
    public BundleContext context() {
        return framework.getBundleContext();
    }

    /**
     * @return what runs a command line: takes its arguments and where its output goes, returns the exit code
     * @throws StartException if no bundle offers it
     */
    public ToIntBiFunction<String[], PrintStream> commandLine() throws StartException {
        try {
            ServiceReference<?>[] offers = context().getServiceReferences((String) null, COMMAND_LINE);
            if (offers == null) {
                throw new StartException("no bundle here offers a command line: unpack the distribution again");
            }
            Arrays.sort(offers, Comparator.comparing(offer -> (Long) offer.getProperty(Constants.SERVICE_ID))); // ours first
            @SuppressWarnings("unchecked") // what the property promises
            ToIntBiFunction<String[], PrintStream> commandLine =
                    (ToIntBiFunction<String[], PrintStream>) context().getService(offers[0]);
            return commandLine;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops all bundles and the framework. */
    @Override
    public void close() {
        plugins.ifPresent(PluginFolder::close);
        stop(framework);
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(STOPPING_MILLIS);
        } catch (BundleException e) {
            LoggerFactory.getLogger(Platform.class).warn("The framework didn't stop in order", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
