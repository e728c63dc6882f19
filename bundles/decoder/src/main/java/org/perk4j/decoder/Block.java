package org.perk4j.decoder;

import java.util.List;
import java.util.stream.Stream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Site;
import org.perk4j.tensor.Tensor;

/**
 * One block: the output of the attention is added to the block's input, and the output of the MLP to that sum. In most
 * families the inputs of both are normalized; in some their outputs are, instead or as well.
 *
 * @param beforeAttention null for none, like the other norms
 */
public record Block(Norm beforeAttention, SelfAttention attention, Norm afterAttention, Norm beforeMlp, Mlp mlp,
                    Norm afterMlp) {

    /** Makes a block without normalization of outputs. */
    public Block(Norm beforeAttention, SelfAttention attention, Norm beforeMlp, Mlp mlp) {
        this(beforeAttention, attention, null, beforeMlp, mlp, null);
    }

    List<Site> sites() {
        return Stream.of(attention.layers(), mlp.layers()).flatMap(List::stream).map(Linear::site).toList();
    }

    List<ParameterSpec> parameters() {
        return Stream.of(parameters(beforeAttention), attention.parameters(), parameters(afterAttention),
                parameters(beforeMlp), mlp.parameters(), parameters(afterMlp)).flatMap(List::stream).toList();
    }

    private static List<ParameterSpec> parameters(Norm norm) {
        return norm == null ? List.of() : norm.parameters();
    }

    Tensor apply(ForwardPass pass, int layer, Tensor x) {
        Tensor middle = pass.ops().scoped(() -> {
            Tensor packed = pass.ops().scoped(() -> attention.packed(pass, normalized(pass, x, beforeAttention)));
            Tensor found = attention.apply(pass, layer, packed);
            return pass.ops().add(x, normalized(pass, found, afterAttention));
        });
        return pass.ops().scoped(() -> {
            Tensor made = mlp.apply(pass, normalized(pass, middle, beforeMlp));
            return pass.ops().add(middle, normalized(pass, made, afterMlp));
        });
    }

    private static Tensor normalized(ForwardPass pass, Tensor x, Norm norm) {
        return norm == null ? x : norm.apply(pass, x);
    }
}
