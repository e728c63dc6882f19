package org.perk4j.decoder;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Tokens;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.Tensor;

/**
 * The embedding of tokens: each token's row of a table, times a scale, plus a row for its position if positions are learned.
 *
 * @param tokens    {@code vocabulary×width}
 * @param scale     the factor on a token's row, usually 1
 * @param positions {@code positions×width}; null if only the attention depends on positions
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

    /** Adds the virtual tokens' embeddings, in whose rows {@code rows} has zeros. */
    private static Tensor withVirtual(ForwardPass pass, Tensor rows, VirtualTokens.Embedded virtual) {
        Tokens tokens = pass.tokens();
        int[] numbers = IntStream.range(0, tokens.ids().length)
                .map(row -> tokens.ids()[row] < 0 ? tokens.positions()[row] : -1).toArray();
        return pass.ops().add(rows, pass.ops().gatherRows(virtual.rows(pass.ops()), numbers));
    }
}
