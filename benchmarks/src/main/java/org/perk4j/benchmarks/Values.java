package org.perk4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.backend.Compute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Tensor;

/** Where the values of weights, meta-parameters and tokens come from. */
interface Values {

    /** @param group what the parameter belongs to: {@code model}, {@code meta} or a memory */
    Tensor tensor(Compute compute, String group, ParameterSpec parameter) throws IOException;

    /** @return a tensor for each parameter */
    default Parameters all(Compute compute, String group, List<ParameterSpec> parameters) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec parameter : parameters) {
            tensors.add(tensor(compute, group, parameter));
        }
        return new Parameters(parameters.stream().map(ParameterSpec::name).toList(), tensors);
    }

    /** @return sequences of tokens, each below {@code vocabulary} */
    int[][] tokens(String name, int sequences, int length, int vocabulary) throws IOException;
}
