package org.perk4j.registry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * What bundles require of each other. While a version of Perk4J begins with 0, its second number is incompatible: a bundle
 * that was built against 0.1 of a package isn't wired to 0.2, whatever its manifest says, since it may lack methods that
 * were added. It would otherwise fail with an {@code AbstractMethodError} in the middle of a training.
 */
@Component(service = {Requirements.class, ResolverHookFactory.class}, immediate = true)
public final class Requirements implements ResolverHookFactory {

    private static final String OURS = "org.perk4j.";

    private static final Pattern PACKAGE = Pattern.compile("\\(osgi\\.wiring\\.package=([^)]+)\\)");
    private static final Pattern AT_LEAST = Pattern.compile("\\(version>?=([\\w.-]+)\\)");
    private static final Pattern BELOW = Pattern.compile("\\(!\\(version>=([\\w.-]+)\\)\\)");
    private static final Pattern JAVA = Pattern.compile("\\(osgi\\.ee=JavaSE\\)\\(version=(\\d+)");

    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public Requirements(BundleContext context) {
        this.context = context;
    }

    @Override
    public ResolverHook begin(Collection<BundleRevision> triggers) {
        return new ResolverHook() {

            @Override
            public void filterMatches(BundleRequirement requirement, Collection<BundleCapability> candidates) {
                candidates.removeIf(candidate -> isOfOtherApi(requirement, candidate));
            }

            @Override
            public void filterResolvable(Collection<BundleRevision> candidates) {
                // any number of bundles may use it
            }

            @Override
            public void filterSingletonCollisions(BundleCapability singleton, Collection<BundleCapability> collisions) {
                // the framework resolves these itself
            }

            @Override
            public void end() {
                // nothing to end
            }
        };
    }

    /** @return whether this is one of Perk4J's packages, in another version 0.x than the required one */
    private static boolean isOfOtherApi(BundleRequirement requirement, BundleCapability candidate) {
        if (!(candidate.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE) instanceof String name)
                || !name.startsWith(OURS)) {
            return false;
        }
        Version asked = version(AT_LEAST, filter(requirement));
        Version here = version(candidate);
        boolean anyWillDo = asked == null || asked.equals(Version.emptyVersion);
        return !anyWillDo && here.getMajor() == 0 && (asked.getMajor() != 0 || asked.getMinor() != here.getMinor());
    }

    /** @return the bundle's unsatisfied requirements, in a sentence each */
    List<String> missing(Bundle bundle) {
        return missing(bundle, new HashSet<>());
    }

    private List<String> missing(Bundle bundle, Set<Bundle> asked) {
        asked.add(bundle);
        Set<String> reasons = new LinkedHashSet<>();
        List<String> otherApi = new ArrayList<>();
        for (BundleRequirement requirement : bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
            if (!isMandatory(requirement)) {
                continue;
            }
            List<BundleCapability> offers = capabilities(requirement.getNamespace()).filter(requirement::matches).toList();
            List<BundleCapability> ofOurs = offers.stream().filter(offer -> !isOfOtherApi(requirement, offer)).toList();
            if (!ofOurs.isEmpty()) {
                reasons.addAll(missingBehind(ofOurs, asked));
            } else if (packageName(requirement).startsWith(OURS) && !exporters(requirement).isEmpty()) {
                otherApi.add(packageName(requirement) + " " + minor(version(AT_LEAST, filter(requirement))) + " instead of "
                        + minor(version(exporters(requirement).get(0))));
            } else {
                reasons.add(describe(requirement));
            }
        }
        if (!otherApi.isEmpty()) {
            reasons.add("it was built for another version of Perk4J, for " + String.join(", ", otherApi)
                    + ": build it again with this version, or get one that was");
        }
        return List.copyOf(reasons);
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        return !"optional".equals(requirement.getDirectives().get("resolution"))
                && !"dynamic".equals(requirement.getDirectives().get("resolution"))
                && requirement.getDirectives().getOrDefault("effective", "resolve").equals("resolve");
    }

    /** @return the unsatisfied requirements of the providers, if none of them can be used */
    private List<String> missingBehind(List<BundleCapability> offers, Set<Bundle> asked) {
        List<String> reasons = new ArrayList<>();
        for (BundleCapability offer : offers) {
            Bundle bundle = offer.getRevision().getBundle();
            if (bundle.getState() != Bundle.INSTALLED || asked.contains(bundle)) {
                return List.of();
            }
            missing(bundle, asked).forEach(reason -> reasons.add("it needs " + bundle.getSymbolicName() + " "
                    + bundle.getVersion() + ", which can't be used: " + reason));
        }
        return reasons;
    }

    private String describe(BundleRequirement requirement) {
        String name = packageName(requirement);
        Matcher java = JAVA.matcher(filter(requirement));
        if (!name.isEmpty()) {
            String wanted = "the package " + name + range(filter(requirement));
            List<BundleCapability> exporters = exporters(requirement);
            return exporters.isEmpty() ? "nothing here provides " + wanted + ": also install a bundle that exports it"
                    : "it needs " + wanted + ", but " + exporters.get(0).getRevision().getSymbolicName() + " has "
                            + version(exporters.get(0)) + ": install a bundle of a suitable version";
        }
        if (java.find()) {
            return "it was compiled for Java " + java.group(1) + ", but this is " + Runtime.version().feature()
                    + ": compile it with --release " + Runtime.version().feature() + ", or run Perk4J on a newer Java";
        }
        return "nothing here provides " + requirement.getNamespace() + " " + filter(requirement);
    }

    /** @return the required package; empty if the requirement is not a package */
    private static String packageName(BundleRequirement requirement) {
        Matcher name = PACKAGE.matcher(filter(requirement));
        return requirement.getNamespace().equals(BundleRevision.PACKAGE_NAMESPACE) && name.find() ? name.group(1) : "";
    }

    /** @return the exports of the package, in any version */
    private List<BundleCapability> exporters(BundleRequirement requirement) {
        String name = packageName(requirement);
        return capabilities(BundleRevision.PACKAGE_NAMESPACE)
                .filter(capability -> name.equals(capability.getAttributes().get(BundleRevision.PACKAGE_NAMESPACE)))
                .toList();
    }

    private Stream<BundleCapability> capabilities(String namespace) {
        return Arrays.stream(context.getBundles())
                .map(bundle -> bundle.adapt(BundleRevision.class)) // null if uninstalled
                .filter(revision -> revision != null)
                .flatMap(revision -> revision.getDeclaredCapabilities(namespace).stream());
    }

    private static String filter(BundleRequirement requirement) {
        return requirement.getDirectives().getOrDefault("filter", "");
    }

    private static Version version(BundleCapability exported) {
        return exported.getAttributes().get("version") instanceof Version version ? version : Version.emptyVersion;
    }

    private static Version version(Pattern pattern, String filter) {
        Matcher version = pattern.matcher(filter);
        return version.find() ? Version.parseVersion(version.group(1)) : null;
    }

    private static String range(String filter) {
        Version least = version(AT_LEAST, filter);
        Version below = version(BELOW, filter);
        return (least == null ? "" : " from " + least + " on") + (below == null ? "" : ", below " + below);
    }

    private static String minor(Version version) {
        return version == null ? "any" : version.getMajor() + "." + version.getMinor();
    }
}
