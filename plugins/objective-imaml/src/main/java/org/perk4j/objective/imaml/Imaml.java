package org.perk4j.objective.imaml;

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/**
 * iMAML: meta-learning with implicit gradients (Rajeswaran, Finn, Kakade, Levine 2019, arXiv 1909.04630). A penalty pulls
 * the steps towards their starting point, and their end is taken for the minimum, so that the gradient doesn't depend on the
 * path to it.
 */
@Component
@Provides(kind = "objective", type = "imaml")
public final class Imaml implements ObjectiveType<ImamlOptions> {

    @Override
    public Class<ImamlOptions> options() {
        return ImamlOptions.class;
    }

    @Override
    public MetaObjective create(ImamlOptions options) {
        return new ImamlObjective(options);
    }
}
