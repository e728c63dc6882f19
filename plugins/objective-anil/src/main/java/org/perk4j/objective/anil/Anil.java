package org.perk4j.objective.anil;

import org.osgi.service.component.annotations.Component;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Provides;

/**
 * ANIL: almost no inner loop (Raghu et al. 2020, arXiv 1909.09157). The inner steps update only some of an adapter's
 * parameters; meta-training learns all of them, by the exact gradient through these steps.
 */
@Component
@Provides(kind = "objective", type = "anil")
public final class Anil implements ObjectiveType<AnilOptions> {

    @Override
    public Class<AnilOptions> options() {
        return AnilOptions.class;
    }

    @Override
    public MetaObjective create(AnilOptions options) {
        return new AnilObjective(options);
    }
}
