package org.perk4j.model.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/** Reading without differentiation holds one block's values at a time. */
class MemoryTest {

    @Test
    void readingTakesNoMoreMemoryForMoreLayers() {
        assertEquals(bytesToRead(2), bytesToRead(9));
    }

    private static long bytesToRead(int layers) {
        Model model = new Llama().create(Map.of("vocab_size", 11.0, "max_position_embeddings", 20.0, "hidden_size", 8.0,
                "intermediate_size", 12.0, "num_hidden_layers", (double) layers, "num_attention_heads", 2.0));
        try (Compute compute = new PortableCompute(DType.FLOAT32)) {
            List<ParameterSpec> specs = model.parameters();
            Parameters weights = new Parameters(specs.stream().map(ParameterSpec::name).toList(),
                    specs.stream().map(p -> compute.fill(p.shape(), p.mean())).toList());
            long before = compute.memory().liveBytes();
            Tensor hidden = model.hidden(compute, weights, Tokens.of(List.of(new int[20])), Adaptation.NONE);
            assertEquals(before + hidden.shape().size() * Float.BYTES, compute.memory().liveBytes());
            return compute.memory().peakBytes() - before;
        }
    }
}
