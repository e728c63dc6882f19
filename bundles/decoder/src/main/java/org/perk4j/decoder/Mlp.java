package org.perk4j.decoder;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Two linear layers with an activation between them; or three, where the activation of the first is multiplied with the
 * second (Shazeer 2020). Works row by row.
 *
 * @param gate null for none; then the activation is applied to {@code up}, unless {@code up} has twice as many outputs as
 *             {@code down} has inputs: then it computes the gates and, beside them, what they are multiplied with
 */
public record Mlp(Linear gate, Linear up, Linear down, Activation activation) {

    List<Linear> layers() {
        return gate == null ? List.of(up, down) : List.of(gate, up, down);
    }

    List<ParameterSpec> parameters() {
        return layers().stream().map(Linear::parameters).flatMap(List::stream).toList();
    }

    Tensor apply(ForwardPass pass, Tensor x) {
        Ops ops = pass.ops();
        int inner = down.site().inputs();
        if (gate != null) {
            Tensor gates = ops.map(activation, gate.apply(pass, x));
            return down.apply(pass, ops.multiply(gates, up.apply(pass, x)));
        }
        Tensor made = up.apply(pass, x);
        if (made.columns() == inner) {
            return down.apply(pass, ops.map(activation, made));
        }
        Tensor gates = ops.map(activation, ops.columns(made, 0, inner));
        return down.apply(pass, ops.multiply(gates, ops.columns(made, inner, inner)));
    }
}
