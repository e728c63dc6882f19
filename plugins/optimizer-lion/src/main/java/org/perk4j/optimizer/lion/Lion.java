package org.perk4j.optimizer.lion;

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;

/** Lion: the sign of a momentum (Chen et al. 2023, arXiv 2302.06675). */
@Component
@Provides(kind = "optimizer", type = "lion")
public final class Lion implements OptimizerType<LionOptions> {

    @Override
    public Class<LionOptions> options() {
        return LionOptions.class;
    }

    @Override
    public InnerOptimizer create(LionOptions options) {
        return new LionRule(options);
    }
}
