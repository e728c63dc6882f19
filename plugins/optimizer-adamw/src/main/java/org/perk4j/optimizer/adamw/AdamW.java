package org.perk4j.optimizer.adamw;

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;

/** Adam with decoupled weight decay (Loshchilov, Hutter 2017, arXiv 1711.05101). */
@Component
@Provides(kind = "optimizer", type = "adamw")
public final class AdamW implements OptimizerType<AdamWOptions> {

    @Override
    public Class<AdamWOptions> options() {
        return AdamWOptions.class;
    }

    @Override
    public InnerOptimizer create(AdamWOptions options) {
        return new AdamWRule(options);
    }
}
