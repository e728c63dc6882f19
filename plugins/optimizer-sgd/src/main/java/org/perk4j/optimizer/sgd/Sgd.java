package org.perk4j.optimizer.sgd;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Gradient descent, with momentum (Polyak 1964) and Nesterov's look-ahead (Sutskever et al. 2013) as options: with gradient
 * g, parameter p and momentum buffer m,
 * <pre>
 * s = g + weightDecay·p       m ← momentum·m + s
 * direction = m, or with nesterov s + momentum·m
 * </pre>
 */
@Component
@Provides(kind = "optimizer", type = "sgd")
public final class Sgd implements OptimizerType<SgdOptions> {

    @Override
    public Class<SgdOptions> options() {
        return SgdOptions.class;
    }

    @Override
    public InnerOptimizer create(SgdOptions options) {
        return new SgdRule(options);
    }

    private record SgdRule(SgdOptions options) implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return options.momentum() == 0 ? 0 : 1;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            Tensor decayed = options.weightDecay() == 0
                    ? gradient : ops.combine(1, gradient, options.weightDecay(), parameter);
            if (options.momentum() == 0) {
                return new Direction(decayed, List.of());
            }
            Tensor kept = ops.combine(options.momentum(), state.get(0), 1, decayed);
            return new Direction(options.nesterov() ? ops.combine(1, decayed, options.momentum(), kept) : kept,
                    List.of(kept));
        }
    }
}
