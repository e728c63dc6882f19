package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.perk4j.backend.Compute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/** Values of which the model's matrices are uploaded in bfloat16, as a backend gets them from a checkpoint of that type. */
record Bfloat16Values(Values values) implements Values {

    @Override
    public Tensor tensor(Compute compute, String group, ParameterSpec parameter) throws IOException {
        Tensor wide = values.tensor(compute, group, parameter);
        if (!group.equals("model") || parameter.shape().rows() == 1) {
            return wide;
        }
        FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(parameter.shape().size()));
        compute.download(wide, floats);
        compute.free(wide);
        ShortBuffer upperHalves = ShortBuffer.allocate(floats.capacity());
        for (float value : floats.array()) {
            upperHalves.put((short) (Float.floatToRawIntBits(value) >> 16));
        }
        return compute.uploadBfloat16(parameter.shape(), upperHalves.flip());
    }

    @Override
    public int[][] tokens(String name, int sequences, int length, int vocabulary) throws IOException {
        return values.tokens(name, sequences, length, vocabulary);
    }
}
