package org.perk4j.objective.reptile;

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/**
 * Reptile (Nichol, Achiam, Schulman 2018, arXiv 1803.02999): where an adapter starts from is moved towards where the inner
 * steps lead to, without any derivative of that.
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
