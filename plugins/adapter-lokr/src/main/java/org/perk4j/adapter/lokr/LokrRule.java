package org.perk4j.adapter.lokr;

import java.util.ArrayList;
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

/** W₁ {@code rows₁×columns₁} and W₂ {@code rows₂×columns₂}, each a matrix or a product of two. */
record LokrRule(LokrOptions options) implements SiteRule {

    private static final String W1 = "lokr_w1";
    private static final String W2 = "lokr_w2";

    /** The shapes of both factors. */
    private record Factors(Shape first, Shape second) {
    }

    private Factors factors(Site site) {
        int[] inputs = factorized(site.inputs(), options.decomposeFactor());
        int[] outputs = factorized(site.outputs(), options.decomposeFactor());
        return new Factors(new Shape(outputs[0], inputs[0]), new Shape(outputs[1], inputs[1]));
    }

    /**
     * PEFT's {@code factorization}: two factors, the smaller first, both near the square root; or the first one as given.
     */
    static int[] factorized(int number, int first) {
        if (first > 0 && number % first == 0) {
            return new int[] {first, number / first};
        }
        int most = first == -1 ? number : first;
        int m = 1;
        int n = number;
        while (m < n) {
            int next = m + 1;
            while (number % next != 0) {
                next++;
            }
            if (next + number / next > number + 1 || next > most) {
                break;
            }
            m = next;
            n = number / next;
        }
        return new int[] {Math.min(m, n), Math.max(m, n)};
    }

    private boolean isProduct(Shape shape) {
        return options.rank() < Math.max(shape.rows(), shape.columns()) / 2.0;
    }

    @Override
    public List<ParameterSpec> parameters(Site site) {
        Factors factors = factors(site);
        List<ParameterSpec> specs = new ArrayList<>();
        add(specs, W1, factors.first, options.decomposeBoth() && isProduct(factors.first), options.initW1());
        add(specs, W2, factors.second, isProduct(factors.second), -1);
        return specs;
    }

    /**
     * @param deviation the standard deviation of the initial elements, of the first factor's if it is a product; -1 for that
     *                  of PyTorch's linear layers
     */
    private void add(List<ParameterSpec> specs, String name, Shape shape, boolean product, double deviation) {
        if (product) {
            specs.add(spec(name + "_a", new Shape(shape.rows(), options.rank()), deviation));
            specs.add(spec(name + "_b", new Shape(options.rank(), shape.columns()), -1));
        } else {
            specs.add(spec(name, shape, deviation));
        }
    }

    private static ParameterSpec spec(String name, Shape shape, double deviation) {
        return new ParameterSpec(name, shape, 0, deviation < 0 ? 1 / Math.sqrt(3.0 * shape.columns()) : deviation);
    }

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, Layer base, Parameters values, Dropout dropout) {
        Tensor change = ops.scoped(() -> kronecker(ops, matrix(ops, W1, values), matrix(ops, W2, values)));
        return ops.addProduct(base.of(ops, input), options.alpha() / options.rank(), input, change);
    }

    private static Tensor matrix(Ops ops, String name, Parameters values) {
        return values.names().contains(name) ? values.get(name)
                : ops.matmul(values.get(name + "_a"), values.get(name + "_b"));
    }

    /** Each element of the first times all of the second: both are expanded to the product's shape. */
    private static Tensor kronecker(Ops ops, Tensor first, Tensor second) {
        int rows = first.rows() * second.rows();
        int columns = first.columns() * second.columns();
        double[] ofFirst = new double[first.columns() * columns];
        double[] ofSecond = new double[second.columns() * columns];
        for (int column = 0; column < columns; column++) {
            ofFirst[column / second.columns() * columns + column] = 1;
            ofSecond[column % second.columns() * columns + column] = 1;
        }
        Tensor firsts = ops.matmul(first, ops.constant(new Shape(first.columns(), columns), ofFirst));
        Tensor seconds = ops.matmul(second, ops.constant(new Shape(second.columns(), columns), ofSecond));
        return ops.multiply(ops.gatherRows(firsts, IntStream.range(0, rows).map(row -> row / second.rows()).toArray()),
                ops.gatherRows(seconds, IntStream.range(0, rows).map(row -> row % second.rows()).toArray()));
    }

    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "LOKR", "r", options.rank(), "alpha", options.alpha(), "decompose_factor",
                options.decomposeFactor(), "decompose_both", options.decomposeBoth());
    }
}
