package org.perk4j.benchmarks;

import java.io.IOException;
import org.perk4j.backend.Compute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/** Where the values of weights, meta-parameters and tokens come from. */
interface Values {

    /** @param group what the parameter belongs to: {@code model} or {@code meta} */
    Tensor tensor(Compute compute, String group, ParameterSpec parameter) throws IOException;

    /** @return sequences of tokens, each below {@code vocabulary} */
    int[][] tokens(String name, int sequences, int length, int vocabulary) throws IOException;
}
