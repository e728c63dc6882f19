package org.perk4j.registry;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.formats.Spelling;
import org.perk4j.plugin.Plugin;

/**
 * Starts and stops the bundles of plugins while Perk4J runs; the effect lasts until Perk4J ends or the bundle is replaced. A
 * lease on a plugin that is stopped remains usable. A service; thread-safe.
 */
@Component(service = PluginBundles.class)
public final class PluginBundles {

    private final BundleContext context;
    private final PluginStates states;

    /** Called by Declarative Services. */
    @Activate
    public PluginBundles(BundleContext context, @Reference PluginStates states) {
        this.context = context;
        this.states = states;
    }

    /**
     * @param name a plugin's type or its bundle's name
     * @return the bundle's plugins with their new states
     * @throws IllegalArgumentException if there is no plugin of that name, if several bundles have one, or if it can't be
     *                                  started, with the reason
     */
    public List<PluginState> start(String name) {
        Bundle bundle = bundle(name);
        try {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
        } catch (BundleException e) {
            List<PluginState> plugins = states.of(bundle);
            throw new IllegalArgumentException(bundle.getSymbolicName() + " " + bundle.getVersion() + " can't be started: "
                    + plugins.stream().map(PluginState::reason).filter(reason -> reason != null).findFirst()
                            .orElse(e.getMessage()), e);
        }
        return states.of(bundle);
    }

    /** Like {@link #start}. */
    public List<PluginState> stop(String name) {
        Bundle bundle = bundle(name);
        try {
            bundle.stop();
        } catch (BundleException e) {
            throw new IllegalArgumentException(bundle.getSymbolicName() + " " + bundle.getVersion()
                    + " didn't stop cleanly: " + e.getMessage(), e);
        }
        return states.of(bundle);
    }

    /** @return the packages that a plugin's bundle imports, with the bundles that provide them; empty if unresolved */
    public Map<String, String> wiring(PluginState plugin) {
        Map<String, String> wiring = new TreeMap<>();
        plugins().filter(bundle -> bundle.getSymbolicName().equals(plugin.bundle())
                && bundle.getVersion().toString().equals(plugin.version())).findFirst()
                .map(bundle -> bundle.adapt(BundleWiring.class)).stream()
                .flatMap(wired -> wired.getRequiredWires(BundleRevision.PACKAGE_NAMESPACE).stream())
                .map(BundleWire::getCapability)
                .forEach(exported -> wiring.put(exported.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE).toString(),
                        exported.getRevision().getSymbolicName() + " " + exported.getRevision().getVersion()));
        return wiring;
    }

    private Stream<Bundle> plugins() {
        return Arrays.stream(context.getBundles()).filter(bundle -> Optional.ofNullable(bundle.adapt(BundleRevision.class))
                .filter(revision -> !revision.getDeclaredCapabilities(Plugin.NAMESPACE).isEmpty()).isPresent());
    }

    private Bundle bundle(String name) {
        Map<String, Bundle> meant = new LinkedHashMap<>();
        plugins().filter(bundle -> states.of(bundle).stream().anyMatch(plugin -> plugin.isNamed(name)))
                .forEach(bundle -> meant.put(bundle.getSymbolicName(), bundle)); // the last of several with one name
        if (meant.isEmpty()) {
            throw new IllegalArgumentException("no plugin \"" + name + "\" is installed: there are " + String.join(", ",
                    Spelling.byDistance(name, plugins().flatMap(bundle -> states.of(bundle).stream()).map(PluginState::type)
                            .distinct().toList())));
        }
        if (meant.size() > 1) {
            throw new IllegalArgumentException("several bundles have a plugin \"" + name + "\": name one of "
                    + String.join(", ", meant.keySet()));
        }
        return meant.values().iterator().next();
    }
}
