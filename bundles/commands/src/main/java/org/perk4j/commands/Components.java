package org.perk4j.commands;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Says why something that is installed doesn't run. */
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

    /** @return what the bundle requires and no installed bundle provides */
    List<String> missing(Bundle bundle) {
        return bundle.adapt(BundleRevision.class).getDeclaredRequirements(null).stream()
                .filter(requirement -> !"optional".equals(requirement.getDirectives().get("resolution"))
                        && requirement.getDirectives().getOrDefault("effective", "resolve").equals("resolve")
                        && !provided(requirement))
                .map(requirement -> requirement.getNamespace() + " " + requirement.getDirectives().get("filter"))
                .toList();
    }

    private boolean provided(BundleRequirement requirement) {
        return capabilities(requirement.getNamespace()).anyMatch(requirement::matches);
    }

    private Stream<BundleCapability> capabilities(String namespace) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() != Bundle.UNINSTALLED)
                .flatMap(bundle -> bundle.adapt(BundleRevision.class).getDeclaredCapabilities(namespace).stream());
    }

    /** @return for each component that should publish such a service and doesn't, why not, in one line */
    List<String> reasonsAgainst(Class<?> service) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(component -> List.of(component.serviceInterfaces).contains(service.getName()))
                .flatMap(component -> reasonsAgainst(component).stream())
                .toList();
    }

    /** @return for each component of the bundle that isn't satisfied, why not, in one line */
    List<String> reasonsAgainst(Bundle bundle) {
        return runtime.getComponentDescriptionDTOs(bundle).stream()
                .flatMap(component -> reasonsAgainst(component).stream())
                .toList();
    }

    private List<String> reasonsAgainst(ComponentDescriptionDTO component) {
        List<String> reasons = new ArrayList<>();
        for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(component)) {
            switch (configuration.state) {
                case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> reasons.add(component.name
                        + " needs a configuration: put " + component.configurationPid[0] + ".config into conf/");
                case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> reasons.add(component.name + " needs "
                        + Arrays.stream(configuration.unsatisfiedReferences)
                                .map(reference -> describe(component, reference)).collect(joining(" and ")));
                case ComponentConfigurationDTO.FAILED_ACTIVATION -> reasons.add(component.name + " failed: "
                        + configuration.failure.lines().findFirst().orElse("no reason given"));
                default -> { } // satisfied, or active
            }
        }
        return reasons;
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
                + (providers.isEmpty() ? ", which no installed bundle offers" : ", which " + providers + " should offer");
    }
}
