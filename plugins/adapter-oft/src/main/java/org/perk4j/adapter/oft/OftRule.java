package org.perk4j.adapter.oft;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Layer;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.SiteRule;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The inputs of a layer in blocks of size b, each multiplied by {@code R = (I + Q)·(I - Q)⁻¹} with a skew-symmetric Q, whose
 * elements above the diagonal are a row of the parameter. The inverse is a series, truncated as in PEFT:
 * {@code R = I + 2·Q + … + 2·Qⁿ⁻² + Qⁿ⁻¹} for n terms.
 */
record OftRule(OftOptions options) implements SiteRule {

    private static final String ROTATION = "oft_R.weight";

    private int parameterRows(Site site) {
        return options.blockShare() ? 1 : site.inputs() / options.blockSize(site);
    }

    @Override
    public List<ParameterSpec> parameters(Site site) {
        int b = options.blockSize(site);
        return List.of(new ParameterSpec(ROTATION, new Shape(parameterRows(site), b * (b - 1) / 2), 0, options.initR()));
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        int b = options.blockSize(site);
        Tensor rotated = ops.scoped(() -> {
            List<Tensor> rotations = rotations(ops, values.get(ROTATION), b);
            return ops.concatenateColumns(IntStream.range(0, site.inputs() / b).mapToObj(i -> ops.matmul(
                    ops.columns(input, i * b, b), rotations.get(options.blockShare() ? 0 : i))).toArray(Tensor[]::new));
        });
        return base.of(ops, rotated);
    }

    /** @return R for each row of the parameter, {@code b×b} */
    private List<Tensor> rotations(Ops ops, Tensor above, int b) {
        Tensor one = diagonal(ops, b, 1);
        Tensor two = diagonal(ops, b, 2);
        return skewSymmetric(ops, above, b).stream().map(q -> ops.scoped(() -> rotation(ops, q, one, two))).toList();
    }

    /** Computes R by Horner's rule, from the last term on: {@code I + T·Q} with {@code T = 2·I + (2·I + …)·Q}. */
    private Tensor rotation(Ops ops, Tensor q, Tensor one, Tensor two) {
        int terms = options.numCayleyNeumannTerms();
        if (terms == 2) {
            return ops.combine(1, one, 2, q);
        }
        Tensor sum = ops.combine(1, two, 1, q);
        for (int i = 0; i < Math.max(4, terms) - 3; i++) { // for 3 terms PEFT uses 4
            sum = timesQ(ops, two, sum, q);
        }
        return timesQ(ops, one, sum, q);
    }

    /** @return {@code constant + sum·q}, as {@code qᵀ = -q} */
    private static Tensor timesQ(Ops ops, Tensor constant, Tensor sum, Tensor q) {
        return ops.addProduct(constant, -1, sum, q);
    }

    private static Tensor diagonal(Ops ops, int b, double value) {
        double[] elements = new double[b * b];
        IntStream.range(0, b).forEach(i -> elements[i * b + i] = value);
        return ops.constant(new Shape(b, b), elements);
    }

    /** @return for each row of {@code above}, the matrix with its elements above the diagonal, row by row */
    private static List<Tensor> skewSymmetric(Ops ops, Tensor above, int b) {
        int blocks = above.rows();
        int elements = above.columns();
        int[] upper = new int[blocks * b * b];
        int[] lower = new int[blocks * b * b];
        Arrays.fill(upper, -1);
        Arrays.fill(lower, -1);
        int next = 0;
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < b; i++) {
                for (int j = i + 1; j < b; j++) {
                    upper[(block * b + i) * b + j] = next;
                    lower[(block * b + j) * b + i] = next++;
                }
            }
        }
        Tensor column = ops.reshape(above, new Shape(blocks * elements, 1));
        Tensor all = ops.combine(1, ops.gatherRows(column, upper), -1, ops.gatherRows(column, lower));
        return ops.split(all, Collections.nCopies(blocks, new Shape(b, b)));
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("peft_type", "OFT");
        configuration.put("peft_version", "0.18.0"); // the first version with this series
        configuration.put("oft_block_size", options.oftBlockSize());
        configuration.put("r", options.r());
        configuration.put("block_share", options.blockShare());
        configuration.put("use_cayley_neumann", true);
        configuration.put("num_cayley_neumann_terms", options.numCayleyNeumannTerms());
        configuration.put("bias", "none");
        return configuration;
    }
}
