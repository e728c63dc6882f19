package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Optional;
import org.perk4j.backend.Compute;
import org.perk4j.backend.PackedMatrix;
import org.perk4j.formats.Weights;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/**
 * The model's weights as a file has them, held as for answering; all else from elsewhere. Tokens are counted out, so that
 * others can do that too.
 */
record StoredValues(Weights weights, Values others) implements Values {

    @Override
    public Tensor tensor(Compute compute, String group, ParameterSpec parameter) throws IOException {
        if (!group.equals("model")) {
            return others.tensor(compute, group, parameter);
        }
        String name = parameter.name();
        Optional<PackedMatrix> packed = weights.packed(name);
        if (packed.isPresent()) {
            return compute.uploadPacked(packed.get());
        }
        return weights.dtype(name).equals("BF16")
                ? compute.uploadBfloat16(parameter.shape(), ShortBuffer.wrap(weights.readBfloat16(name)))
                : compute.upload(parameter.shape(), FloatBuffer.wrap(weights.read(name)));
    }

    @Override
    public int[][] tokens(String name, int sequences, int length, int vocabulary) {
        int[][] tokens = new int[sequences][length];
        for (int i = 0; i < sequences * length; i++) {
            tokens[i / length][i % length] = (int) ((7919L * i + 13) % vocabulary);
        }
        return tokens;
    }
}
