package org.perk4j.decoder;

import java.util.List;
import java.util.stream.Stream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Site;
import org.perk4j.tensor.Tensor;

/**
 * One block: what the attention finds is added to what the block reads, and what the MLP makes of that is added once more.
 * Both read it normalised; in some families what they yield is normalised as well before it is added.
 *
 * @param afterAttention null for none
 * @param afterMlp       null for none
 */
public record Block(Norm beforeAttention, SelfAttention attention, Norm afterAttention, Norm beforeMlp, Mlp mlp,
                    Norm afterMlp) {

    /** Without normalisations of what is added. */
    public Block(Norm beforeAttention, SelfAttention attention, Norm beforeMlp, Mlp mlp) {
        this(beforeAttention, attention, null, beforeMlp, mlp, null);
    }

    List<Site> sites() {
        return Stream.of(attention.layers(), mlp.layers()).flatMap(List::stream).map(Linear::site).toList();
    }

    List<ParameterSpec> parameters() {
        return Stream.of(beforeAttention.parameters(), attention.parameters(), parameters(afterAttention),
                beforeMlp.parameters(), mlp.parameters(), parameters(afterMlp)).flatMap(List::stream).toList();
    }

    private static List<ParameterSpec> parameters(Norm norm) {
        return norm == null ? List.of() : norm.parameters();
    }

    Tensor apply(ForwardPass pass, int layer, Tensor x) {
        Tensor middle = pass.ops().scoped(() -> {
            Tensor packed = pass.ops().scoped(() -> attention.packed(pass, beforeAttention.apply(pass, x)));
            return added(pass, x, attention.apply(pass, layer, packed), afterAttention);
        });
        return pass.ops().scoped(() -> added(pass, middle, mlp.apply(pass, beforeMlp.apply(pass, middle)), afterMlp));
    }

    private static Tensor added(ForwardPass pass, Tensor x, Tensor y, Norm norm) {
        return pass.ops().add(x, norm == null ? y : norm.apply(pass, y));
    }
}
