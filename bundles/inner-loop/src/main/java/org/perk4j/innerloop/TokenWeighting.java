package org.perk4j.innerloop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Activation;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The weight of each token of a context: {@code softplus_β=3(fc2(gelu(fc1(h))))} of the last layer's hidden state h. fc2
 * starts at zero, so that all weights start equal. Immutable and thread-safe.
 */
public final class TokenWeighting {

    private static final double SHARPNESS = 3;

    private final int width;
    private final int units;
    private final boolean normalize;

    /**
     * @param width     the width of the hidden states
     * @param units     the number of the network's hidden units
     * @param normalize whether each segment's weights are scaled to sum to its token count
     */
    public TokenWeighting(int width, int units, boolean normalize) {
        this.width = width;
        this.units = units;
        this.normalize = normalize;
    }

    /** @return the learned parameters and how they are initialized */
    public List<ParameterSpec> parameters() {
        double bound = 1 / Math.sqrt(3.0 * width);
        return List.of(
                new ParameterSpec("fc1.weight", new Shape(units, width), 0, bound),
                new ParameterSpec("fc1.bias", new Shape(1, units), 0, bound),
                new ParameterSpec("fc2.weight", new Shape(1, units), 0, 0),
                new ParameterSpec("fc2.bias", new Shape(1, 1), 0, 0));
    }

    /** @return the weight of the token that each row of {@code hidden} predicts, {@code m×1}; 0 if it predicts none */
    Tensor weights(Ops ops, Parameters values, Tensor hidden, MicroBatch batch) {
        Tensor inner = ops.add(ops.matmul(hidden, false, values.get("fc1.weight"), true),
                ops.repeatRow(values.get("fc1.bias"), hidden.rows()));
        Tensor score = ops.add(ops.matmul(ops.map(Activation.GELU, inner), false, values.get("fc2.weight"), true),
                ops.repeatRow(values.get("fc2.bias"), hidden.rows()));
        Tensor weight = ops.scale(ops.map(Activation.SOFTPLUS, ops.scale(score, SHARPNESS)), 1 / SHARPNESS);
        Tensor ofTarget = ops.gatherRows(weight, batch.nextRows());
        return normalize ? normalized(ops, ofTarget, batch) : ofTarget;
    }

    /** Normalizes per segment, not over the whole context, so that the loss remains a sum over segments. */
    private static Tensor normalized(Ops ops, Tensor weights, MicroBatch batch) {
        int[] text = batch.textOfRow();
        DoubleStream targets = batch.texts().stream().mapToDouble(t -> t.tokens().length - 1);
        double[] counts = (batch.unread() == 0 ? targets : DoubleStream.concat(targets, DoubleStream.of(0))).toArray();
        // Without targets a text, of one token or unread, has a sum of zero, which nothing is to be divided by.
        double[] instead = Arrays.stream(counts).map(count -> count == 0 ? 1 : 0).toArray();
        Shape column = new Shape(counts.length, 1);
        Tensor sums = ops.add(ops.scatterRows(weights, counts.length, text), ops.constant(column, instead));
        Tensor factors = ops.multiply(ops.constant(column, counts), ops.map(Activation.RECIPROCAL, sums));
        return ops.multiply(weights, ops.gatherRows(factors, text));
    }
}
