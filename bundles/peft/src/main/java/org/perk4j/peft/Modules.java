package org.perk4j.peft;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Site;

/**
 * The layers that an adapter acts on, by PEFT's rules ({@code check_target_module_exists}). Adapters have these three as
 * options, under these names.
 *
 * @param targetModules     {@value #ALL}; a list of names, or of ends of names from a dot on; or a regular expression for
 *                          whole names
 * @param excludeModules    layers to leave out, as a list or a regular expression
 * @param layersToTransform numbers of the model's blocks, from 0, to which ends of names apply; empty for all
 */
public record Modules(JsonValue targetModules, JsonValue excludeModules, List<Integer> layersToTransform) {

    /** The value for all layers. */
    public static final String ALL = "all-linear";
    /** {@link #ALL} in JSON, as an option's default. */
    public static final String ALL_BY_DEFAULT = "\"" + ALL + "\"";

    /** The help for the option {@code targetModules}. */
    public static final String TARGETS = "the layers to adapt: \"all-linear\", a list of the ends of their names, such as "
            + "c_attn, or a regular expression for whole names";
    /** The help for the option {@code excludeModules}. */
    public static final String EXCLUDED =
            "layers to leave out of those: a list of the ends of their names or a regular expression";
    /** The help for the option {@code layersToTransform}. */
    public static final String BLOCKS = "numbers of the blocks whose layers are adapted, from 0 on; [] for all";

    /** PEFT's default pattern for the number of a block. */
    private static final Pattern BLOCK = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\..*");

    /** Makes a choice of layers by their names or the ends of their names; all layers if the list is empty. */
    public static Modules of(List<String> names) {
        return new Modules(JsonValue.of(names.isEmpty() ? ALL : names), JsonValue.of(List.of()), List.of());
    }

    /** @throws IllegalArgumentException naming the key, if a value is neither a list nor a valid regular expression */
    public Modules {
        layersToTransform = List.copyOf(layersToTransform);
        chosen("targetModules", targetModules);
        chosen("excludeModules", excludeModules);
    }

    /**
     * @return the chosen sites, in order
     * @throws IllegalArgumentException naming the key, if none is chosen, or a name in the list matches none
     */
    public List<Site> choose(List<Site> sites) {
        if (targetModules.elements() != null) {
            for (JsonValue name : targetModules.elements()) {
                if (sites.stream().noneMatch(site -> isNamed(site.name(), (String) name.content()))) {
                    throw new IllegalArgumentException("targetModules: no layer's name ends in " + name.content()
                            + ": there are " + sites.stream().map(Modules::shortName).distinct().toList());
                }
            }
        }
        Predicate<String> target = chosen("targetModules", targetModules);
        Predicate<String> excluded = chosen("excludeModules", excludeModules);
        List<Site> chosen = sites.stream().filter(site -> target.test(site.name()) && !excluded.test(site.name())
                && (isWhole(site) || layersToTransform.isEmpty() || layersToTransform.contains(block(site)))).toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("targetModules: no layer matches: there are "
                    + sites.stream().map(Modules::shortName).distinct().toList());
        }
        return chosen;
    }

    /**
     * @param chosen the chosen sites among {@code all}
     * @return the value of {@code target_modules} with which PEFT chooses the same
     */
    public static List<String> written(List<Site> chosen, List<Site> all) {
        List<String> ends = chosen.stream().map(Modules::shortName).distinct().toList();
        long meant = all.stream().filter(site -> isNamedAny(site.name(), ends)).count();
        return meant == chosen.size() ? ends : chosen.stream().map(Site::name).toList();
    }

    /** Whether a site is named in full, so that its block doesn't matter. */
    private boolean isWhole(Site site) {
        return targetModules.elements() == null ? !ALL.equals(targetModules.content())
                : targetModules.elements().stream().anyMatch(name -> site.name().equals(name.content()));
    }

    /** @return the last part of a layer's name */
    public static String shortName(Site site) {
        return site.name().substring(site.name().lastIndexOf('.') + 1);
    }

    private static Predicate<String> chosen(String key, JsonValue value) {
        if (value.content() instanceof String text) {
            if (text.equals(ALL)) {
                return name -> true;
            }
            try {
                return Pattern.compile(text).asMatchPredicate();
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(key + ": " + text + " is not a regular expression: " + e.getDescription(),
                        e);
            }
        }
        if (value.elements() == null
                || value.elements().stream().anyMatch(element -> !(element.content() instanceof String))) {
            throw new IllegalArgumentException(key + ": must be a list of names, a regular expression or \"" + ALL + "\"");
        }
        List<String> names = new ArrayList<>();
        value.elements().forEach(element -> names.add((String) element.content()));
        return name -> isNamedAny(name, names);
    }

    /**
     * @param name that of a module
     * @param ends names, or ends of names from a dot on
     * @return whether it has one of these
     */
    public static boolean isNamedAny(String name, List<String> ends) {
        return ends.stream().anyMatch(end -> isNamed(name, end));
    }

    private static boolean isNamed(String name, String end) {
        return name.equals(end) || name.endsWith("." + end);
    }

    private static int block(Site site) {
        Matcher matcher = BLOCK.matcher(site.name());
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
