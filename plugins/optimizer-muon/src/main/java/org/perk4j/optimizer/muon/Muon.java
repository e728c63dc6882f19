package org.perk4j.optimizer.muon;

import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;

/**
 * Muon: the momentum of a matrix, orthogonalized so that all its singular values are about 1 (Jordan et al. 2024,
 * https://kellerjordan.github.io/posts/muon); other parameters are updated as by AdamW.
 */
@Component
@Provides(kind = "optimizer", type = "muon")
public final class Muon implements OptimizerType<MuonOptions> {

    @Override
    public Class<MuonOptions> options() {
        return MuonOptions.class;
    }

    @Override
    public InnerOptimizer create(MuonOptions options) {
        return new MuonRule(options);
    }
}
