package ${package};

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tck.OptimizerReference;
import org.perk4j.tensor.Shape;

class ${className}Test {

    @Test
    void derivativesAgreeWithFiniteDifferences() {
        OptimizerReference.assertDerivatives(new ReverseMode(), new ${className}().create(new ${className}Options(0.9)),
                List.of(new ParameterSpec("a", new Shape(2, 3), 0, 1), new ParameterSpec("b", new Shape(1, 4), 0, 1)));
    }

    @Test
    void momentumThatNeverFadesIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ${className}Options(1));
    }
}
