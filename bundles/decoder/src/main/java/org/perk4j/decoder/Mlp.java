package org.perk4j.decoder;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Two linear layers with an activation between them, row by row; or three, where the activation of the first gates the
 * second (Shazeer 2020).
 *
 * @param gate null for none; the activation is then that of {@code up}
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
        if (gate == null) {
            return down.apply(pass, ops.map(activation, up.apply(pass, x)));
        }
        Tensor gates = ops.map(activation, gate.apply(pass, x));
        return down.apply(pass, ops.multiply(gates, up.apply(pass, x)));
    }
}
