package org.perk4j.registry;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.perk4j.plugin.Plugin;

/** Finds the third-party plugin that an exception came from. Failures in shipped plugins count as Perk4J's own. */
@Component(service = FailureOrigin.class)
public final class FailureOrigin {

    /** The prefix of the locations at which the launcher installs the shipped bundles, and no others. */
    private static final String IN_PLACE = "reference:";

    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public FailureOrigin(BundleContext context) {
        this.context = context;
    }

    /**
     * @return the third-party bundle, with its version and plugins, whose code was running when this exception or one of its
     *         causes was thrown
     */
    public Optional<String> of(Throwable thrown) {
        List<Bundle> fromOthers = Arrays.stream(context.getBundles()).filter(FailureOrigin::isFromOthers).toList();
        return fromOthers.isEmpty() ? Optional.empty() : Stream.iterate(thrown, cause -> cause != null, Throwable::getCause)
                .limit(100) // causes may form a cycle
                .flatMap(cause -> Arrays.stream(cause.getStackTrace()))
                .map(StackTraceElement::getClassName).distinct()
                .flatMap(name -> fromOthers.stream().filter(bundle -> has(bundle, name)))
                .findFirst().map(FailureOrigin::describe);
    }

    private static boolean isFromOthers(Bundle bundle) {
        return bundle.getBundleId() != 0 && !bundle.getLocation().startsWith(IN_PLACE)
                && bundle.adapt(BundleWiring.class) != null;
    }

    private static boolean has(Bundle bundle, String className) {
        String path = className.replace('.', '/');
        int slash = path.lastIndexOf('/');
        return !bundle.adapt(BundleWiring.class).listResources(path.substring(0, Math.max(slash, 0)),
                path.substring(slash + 1) + ".class", BundleWiring.LISTRESOURCES_LOCAL).isEmpty();
    }

    private static String describe(Bundle bundle) {
        String plugins = bundle.adapt(BundleRevision.class).getDeclaredCapabilities(Plugin.NAMESPACE).stream()
                .map(plugin -> ", " + plugin.getAttributes().get("kind") + " " + plugin.getAttributes().get(Plugin.TYPE))
                .collect(Collectors.joining());
        return bundle.getSymbolicName() + " " + bundle.getVersion() + plugins;
    }
}
