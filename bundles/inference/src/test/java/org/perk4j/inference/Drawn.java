package org.perk4j.inference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.perk4j.backend.Compute;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/** Parameters as they begin. */
final class Drawn {

    private Drawn() {
    }

    /** @param specs whose initial values are drawn */
    static Parameters of(Compute compute, List<ParameterSpec> specs, long seed) {
        Random random = new Random(seed);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            Initial.Normal initial = (Initial.Normal) spec.initial();
            FloatBuffer elements = FloatBuffer.allocate((int) spec.shape().size());
            while (elements.hasRemaining()) {
                elements.put((float) (initial.mean() + initial.standardDeviation() * random.nextGaussian()));
            }
            tensors.add(compute.upload(spec.shape(), elements.flip()));
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }
}
