package org.perk4j.meta;

import java.util.List;
import org.perk4j.model.ParameterSpec;

/**
 * What a meta-objective learns of one kind: each of the parameters is called by the group's name, a dot, and its own.
 * Whoever trains may treat groups differently.
 *
 * @param name       of the group, without a dot
 * @param parameters with the names that they have within it
 */
public record ParameterGroup(String name, List<ParameterSpec> parameters) {

    /** The group of the adapter's initial values, under the adapter's names. */
    public static final String ADAPTER = "adapter";

    /** The group of learned learning rates, which are of another scale than weights. */
    public static final String RATES = "rates";

    /** The group of what says how much each token of a context matters. */
    public static final String WEIGHTING = "weighting";

    /** @return the parameters under their full names */
    public List<ParameterSpec> named() {
        return parameters.stream().map(parameter -> parameter.prefixed(name + ".")).toList();
    }
}
