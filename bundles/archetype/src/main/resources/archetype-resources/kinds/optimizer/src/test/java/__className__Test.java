package ${package};

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.tck.OptimizerContract;

/** What every optimizer must do: see there. */
class ${className}Test extends OptimizerContract {

    @Override
    protected OptimizerType<?> type() {
        return new ${className}();
    }

    @Override
    protected List<Map<String, ?>> options() {
        return List.of(Map.of(), Map.of("momentum", 0));
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        return Map.of("momentum", Map.of("momentum", 1));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
