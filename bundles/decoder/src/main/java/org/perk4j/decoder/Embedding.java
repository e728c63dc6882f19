package org.perk4j.decoder;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Tensor;

/**
 * What stands for each token: its row of a table, times a scale, and with learned positions also a row for where it is.
 *
 * @param tokens    {@code vocabulary×width}
 * @param scale     what a token's row is multiplied by; 1 for as it is
 * @param positions {@code positions×width}; null where the attention knows where a token is
 */
public record Embedding(ParameterSpec tokens, double scale, ParameterSpec positions) {

    List<ParameterSpec> parameters() {
        return positions == null ? List.of(tokens) : List.of(tokens, positions);
    }

    Tensor apply(ForwardPass pass) {
        return pass.ops().scoped(() -> {
            Tensor rows = pass.ops().gatherRows(pass.weight(tokens), pass.tokens().ids());
            Tensor scaled = scale == 1 ? rows : pass.ops().scale(rows, scale);
            return positions == null ? scaled
                    : pass.ops().add(scaled, pass.ops().gatherRows(pass.weight(positions), pass.tokens().positions()));
        });
    }
}
