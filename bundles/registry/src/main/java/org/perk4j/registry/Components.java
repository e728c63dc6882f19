package org.perk4j.registry;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;
import org.perk4j.plugin.Plugin;

/** Explains why installed components don't run. */
@Component(service = Components.class)
public final class Components {

    private static final String SERVICE = "osgi.service";

    private final ServiceComponentRuntime runtime;
    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public Components(@Reference ServiceComponentRuntime runtime, BundleContext context) {
        this.runtime = runtime;
        this.context = context;
    }

    private Stream<BundleCapability> capabilities(String namespace) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() != Bundle.UNINSTALLED)
                .flatMap(bundle -> bundle.adapt(BundleRevision.class).getDeclaredCapabilities(namespace).stream());
    }

    /** @return the reason, in one line, for each component that should publish such a service and doesn't */
    public List<String> reasonsAgainst(Class<?> service) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(component -> List.of(component.serviceInterfaces).contains(service.getName()))
                .flatMap(component -> reasonsAgainst(component).stream())
                .toList();
    }

    /**
     * @param type the required value of the component's property of that name, if it has one
     * @return the reason, in one line, for each such component of the bundle that is unsatisfied or failed
     */
    List<String> reasonsAgainst(Bundle bundle, String type) {
        return components(bundle, type).flatMap(component -> reasonsAgainst(component).stream()).toList();
    }

    /** @return the reason, in one line, for each such component of the bundle whose class can't be loaded */
    List<String> unloadable(Bundle bundle, String type) {
        return components(bundle, type).flatMap(component -> {
            try {
                bundle.loadClass(component.implementationClass);
                return Stream.empty();
            } catch (ClassNotFoundException | LinkageError e) {
                return Stream.of(component.name + " can't be loaded: " + e);
            }
        }).toList();
    }

    private Stream<ComponentDescriptionDTO> components(Bundle bundle, String type) {
        return runtime.getComponentDescriptionDTOs(bundle).stream()
                .filter(component -> type.equals(component.properties.getOrDefault(Plugin.TYPE, type)));
    }

    private List<String> reasonsAgainst(ComponentDescriptionDTO component) {
        String unconfigured = component.name + " needs a configuration: put " + component.configurationPid[0]
                + ".config into conf/";
        Collection<ComponentConfigurationDTO> configurations = runtime.getComponentConfigurationDTOs(component);
        if (configurations.isEmpty() && component.configurationPolicy.equals("require")) {
            return List.of(unconfigured);
        }
        List<String> reasons = new ArrayList<>();
        for (ComponentConfigurationDTO configuration : configurations) {
            switch (configuration.state) {
                case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> reasons.add(unconfigured);
                case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> reasons.add(component.name + " needs "
                        + Arrays.stream(configuration.unsatisfiedReferences)
                                .map(reference -> describe(component, reference)).collect(joining(" and ")));
                case ComponentConfigurationDTO.FAILED_ACTIVATION ->
                        reasons.add(component.name + " failed: " + cause(configuration.failure));
                default -> { } // satisfied, or active
            }
        }
        return reasons;
    }

    /** @return the first and the last cause in a stack trace: what happened and why */
    private static String cause(String stackTrace) {
        List<String> causes = stackTrace.lines().filter(line -> !line.isBlank() && !line.startsWith("\t"))
                .map(line -> line.replaceFirst("^Caused by: ", ""))
                .filter(line -> !line.equals(InvocationTargetException.class.getName())).toList();
        String last = causes.isEmpty() ? "no reason given" : causes.get(causes.size() - 1);
        return causes.size() < 2 || last.equals(causes.get(0)) ? last : causes.get(0) + ", caused by " + last;
    }

    private String describe(ComponentDescriptionDTO component, UnsatisfiedReferenceDTO missing) {
        String service = Arrays.stream(component.references)
                .filter(reference -> reference.name.equals(missing.name))
                .map((ReferenceDTO reference) -> reference.interfaceName)
                .findFirst().orElse(missing.name);
        String providers = capabilities(SERVICE)
                .filter(capability -> capability.getAttributes().get("objectClass") instanceof List<?> services
                        && services.contains(service))
                .map(capability -> capability.getRevision().getSymbolicName())
                .distinct().collect(joining(", "));
        return "a service " + service + (missing.target == null ? "" : " with " + missing.target)
                + (providers.isEmpty() ? ", which no installed bundle provides"
                        : ", which " + providers + " should provide");
    }
}
