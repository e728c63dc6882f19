package org.perk4j.optimizer.sgd;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.perk4j.optimizer.ElementwiseOptimizer;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Gradient descent: {@code p ← p − α·(g + weightDecay·p)}. */
@Component(service = OptimizerType.class, property = "type=sgd")
public final class Sgd implements OptimizerType<SgdOptions> {

    @Override
    public Class<SgdOptions> options() {
        return SgdOptions.class;
    }

    @Override
    public InnerOptimizer create(SgdOptions options) {
        return new SgdRule(options.weightDecay());
    }

    private record SgdRule(double weightDecay) implements ElementwiseOptimizer {

        @Override
        public int slots() {
            return 0;
        }

        @Override
        public Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state) {
            return new Direction(weightDecay == 0 ? gradient : ops.combine(1, gradient, weightDecay, parameter), List.of());
        }
    }
}
