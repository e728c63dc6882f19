package ${package};

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.adapter.Dropout;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.engine.ReverseMode;
import org.perk4j.model.Layer;
import org.perk4j.model.ModelType;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.tck.AdapterContract;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** What every adapter must do, its derivatives among that: see there. And what this one does. */
class ${className}Test extends AdapterContract<${className}Options> {

    private static final Site SITE = new Site("transformer.h.0.attn.c_attn", 2, 3, true);

    @Override
    protected AdapterType<${className}Options> type() {
        return new ${className}();
    }

    @Override
    protected List<${className}Options> options() {
        return List.of(new ${className}Options(List.of()), new ${className}Options(List.of("c_attn")));
    }

    @Override
    protected ModelType model(String modelType) {
        return new Gpt2();
    }

    @Override
    protected List<String> models() {
        return List.of("gpt2");
    }

    @Override
    protected Autodiff autodiff() {
        return new ReverseMode();
    }

    @Override
    protected List<Made> byPeft() {
        return List.of(); // folders of adapters that PEFT made, if it has this type
    }

    /** In float64, where nothing but plain Java computes. */
    @Test
    void scalesEachOutputOfItsLayer() {
        try (Compute compute = new JavaCompute(DType.FLOAT64)) {
            Adapter adapter = new ${className}Adapter(List.of(SITE));
            Parameters scales = new Parameters(List.of(adapter.parameters().get(0).name()),
                    List.of(compute.constant(new Shape(3, 1), 2, -1, 0.5)));
            Tensor input = compute.constant(new Shape(2, 2), 1, 0, 0, 1);
            Layer base = Layer.of(SITE, compute.constant(new Shape(2, 3), 1, 2, 3, 4, 5, 6), null);
            Tensor output = adapter.with(scales, Dropout.NONE).apply(compute, SITE, input, base);
            assertArrayEquals(new double[] {2, -2, 1.5, 8, -5, 3}, compute.download(output), 1e-12);
        }
    }

    @Test
    void misspeltTargetsAreRefusedWithWhatThereIs() {
        String message = assertThrows(IllegalArgumentException.class,
                () -> new ${className}Options(List.of("c_atn")).choose(List.of(SITE))).getMessage();
        assertTrue(message.startsWith("targets: ") && message.contains("[c_attn]"), message);
    }
}
