package org.perk4j.objective.reptile;

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/**
 * Reptile (Nichol, Achiam, Schulman 2018, arXiv 1803.02999): the adapter's initial values move towards the values after the
 * inner steps, without any derivative of the latter.
 */
@Component
@Provides(kind = "objective", type = "reptile")
public final class Reptile implements ObjectiveType<ReptileOptions> {

    @Override
    public Class<ReptileOptions> options() {
        return ReptileOptions.class;
    }

    @Override
    public MetaObjective create(ReptileOptions options) {
        return new ReptileObjective(options);
    }
}
