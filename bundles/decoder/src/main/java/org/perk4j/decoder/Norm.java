package org.perk4j.decoder;

import java.util.List;
import java.util.function.BiFunction;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A normalization of rows. */
@ConsumerType
public interface Norm {

    /** @return its weights */
    List<ParameterSpec> parameters();

    /** @return the rows of {@code x}, normalized */
    Tensor apply(ForwardPass pass, Tensor x);

    /** @return a layer norm with the weights {@code name.weight} and {@code name.bias} */
    static Norm layer(String name, int width, double epsilon) {
        ParameterSpec gain = new ParameterSpec(name + ".weight", new Shape(1, width), 1, 0);
        ParameterSpec bias = new ParameterSpec(name + ".bias", new Shape(1, width), 0, 0);
        return of(List.of(gain, bias), (pass, x) -> pass.ops().layerNorm(x, pass.weight(gain), pass.weight(bias), epsilon));
    }

    /** @return an RMS norm with the weight {@code name.weight} */
    static Norm rootMeanSquare(String name, int width, double epsilon) {
        ParameterSpec gain = new ParameterSpec(name + ".weight", new Shape(1, width), 1, 0);
        return of(List.of(gain), (pass, x) -> pass.ops().rmsNorm(x, pass.weight(gain), epsilon));
    }

    /** @return an RMS norm whose gain is 1 plus the weight {@code name.weight} */
    static Norm rootMeanSquareFromOne(String name, int width, double epsilon) {
        ParameterSpec gain = new ParameterSpec(name + ".weight", new Shape(1, width), 0, 0);
        return of(List.of(gain), (pass, x) -> pass.ops().scoped(
                () -> pass.ops().rmsNorm(x, pass.ops().affine(pass.weight(gain), 1, 1), epsilon)));
    }

    /** @return a norm that applies {@code each} to every {@code size} columns separately */
    static Norm apart(Norm each, int size) {
        return new Norm() {

            @Override
            public List<ParameterSpec> parameters() {
                return each.parameters();
            }

            @Override
            public Tensor apply(ForwardPass pass, Tensor x) {
                Shape parts = new Shape(x.rows() * (x.columns() / size), size);
                return pass.ops().reshape(each.apply(pass, pass.ops().reshape(x, parts)), x.shape());
            }
        };
    }

    private static Norm of(List<ParameterSpec> parameters, BiFunction<ForwardPass, Tensor, Tensor> normalized) {
        return new Norm() {

            @Override
            public List<ParameterSpec> parameters() {
                return parameters;
            }

            @Override
            public Tensor apply(ForwardPass pass, Tensor x) {
                return pass.apart(parameters, x, normalized);
            }
        };
    }
}
