package org.perk4j.optimizer.adafactor;

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;

/**
 * Adafactor: second moments of rows and columns instead of elements (Shazeer, Stern 2018, arXiv 1804.04235).
 */
@Component
@Provides(kind = "optimizer", type = "adafactor")
public final class Adafactor implements OptimizerType<AdafactorOptions> {

    @Override
    public Class<AdafactorOptions> options() {
        return AdafactorOptions.class;
    }

    @Override
    public InnerOptimizer create(AdafactorOptions options) {
        return new AdafactorRule(options);
    }
}
