package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.FloatBuffer;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/** Values from a file that reference.py wrote. Tokens stand there as floats, which are exact up to 2²⁴. */
record RecordedValues(Safetensors file) implements Values {

    @Override
    public Tensor tensor(Compute compute, String group, ParameterSpec parameter) throws IOException {
        return compute.upload(parameter.shape(), FloatBuffer.wrap(file.read(group + "." + parameter.name())));
    }

    @Override
    public int[][] tokens(String name, int sequences, int length, int vocabulary) throws IOException {
        float[] all = file.read(name);
        int[][] tokens = new int[sequences][length];
        for (int i = 0; i < all.length; i++) {
            tokens[i / length][i % length] = (int) all[i];
        }
        return tokens;
    }
}
