package org.perk4j.optimizer.adamw;

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;

/** Adam with decoupled weight decay (Loshchilov, Hutter 2017, arXiv 1711.05101). */
@Component(service = OptimizerType.class, property = "type=adamw")
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
