package org.perk4j.decoder;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
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
        return pass.apart(parameters(), null, (own, none) -> embedded(own));
    }

    private Tensor embedded(ForwardPass pass) {
        return pass.ops().scoped(() -> {
            Tensor rows = pass.ops().gatherRows(pass.weight(tokens), pass.tokens().ids());
            Tensor scaled = scale == 1 ? rows : pass.ops().scale(rows, scale);
            Tensor read = pass.virtual() instanceof VirtualTokens.Embedded virtual ? withVirtual(pass, scaled, virtual)
                    : scaled;
            return positions == null ? read
                    : pass.ops().add(read, pass.ops().gatherRows(pass.weight(positions), pass.tokens().positions()));
        });
    }

    /** Those of the vocabulary have left zeros in the places of the others. */
    private static Tensor withVirtual(ForwardPass pass, Tensor rows, VirtualTokens.Embedded virtual) {
        Tokens tokens = pass.tokens();
        int[] numbers = IntStream.range(0, tokens.ids().length)
                .map(row -> tokens.ids()[row] < 0 ? tokens.positions()[row] : -1).toArray();
        return pass.ops().add(rows, pass.ops().gatherRows(virtual.rows(pass.ops()), numbers));
    }
}
