package ${package};

import java.util.List;
import java.util.Map;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.engine.ReverseMode;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.tck.ObjectiveContract;

/** What every objective must do: see there. */
class ${className}Test extends ObjectiveContract {

    @Override
    protected ObjectiveType<?> type() {
        return new ${className}();
    }

    @Override
    protected List<Map<String, ?>> options() {
        return List.of(Map.of("steps", 3, "learningRate", 0.3, "microBatchTokens", 1),
                Map.of("steps", 2, "learningRate", 0.3, "bound", 0.5));
    }

    @Override
    protected Map<String, Map<String, ?>> refused() {
        return Map.of("steps", Map.of("steps", 0), "learningRate", Map.of("learningRate", 0), "bound", Map.of("bound", -1),
                "microBatchTokens", Map.of("microBatchTokens", 0));
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }
}
