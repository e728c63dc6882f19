package org.perk4j.objective.perk;

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/** PERK: parameter-efficient reasoning over knowledge (Chen, Romanou, Weiss, Bosselut, arXiv 2507.06415). */
@Component
@Provides(kind = "objective", type = "perk")
public final class Perk implements ObjectiveType<PerkOptions> {

    @Override
    public Class<PerkOptions> options() {
        return PerkOptions.class;
    }

    @Override
    public MetaObjective create(PerkOptions options) {
        return new PerkObjective(options);
    }
}
