package org.perk4j.meta;

import java.util.List;
import org.perk4j.model.ParameterSpec;

/**
 * A named group of parameters that a meta-objective learns. A parameter's full name is the group's name, a dot, and the
 * parameter's own. Training may treat groups differently.
 *
 * @param name       the group's name, without a dot
 * @param parameters the parameters, named within the group
 */
public record ParameterGroup(String name, List<ParameterSpec> parameters) {

    /** The group of the adapter's initial values, under the adapter's names. */
    public static final String ADAPTER = "adapter";

    /** The group of learned learning rates, whose scale differs from that of weights. */
    public static final String RATES = "rates";

    /** The group of the token weighting network, which tells how much each token of a context matters. */
    public static final String WEIGHTING = "weighting";

    /** @return the parameters under their full names */
    public List<ParameterSpec> named() {
        return parameters.stream().map(parameter -> parameter.prefixed(name + ".")).toList();
    }
}
