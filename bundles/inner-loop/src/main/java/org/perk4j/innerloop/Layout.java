package org.perk4j.innerloop;

import java.util.List;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The layout of parameters in a single row that holds them one after another, each in row-major order. An elementwise
 * operation on the row replaces one for each of some hundred tensors. Immutable and thread-safe.
 */
public final class Layout {

    private final List<ParameterSpec> specs;
    private final List<String> names;
    private final List<Shape> shapes;
    private final int[] sizes;
    private final Shape shape;

    /**
     * @param specs the parameters, in their order in the row
     * @throws ArithmeticException if they have more elements together than a row can have
     */
    public Layout(List<ParameterSpec> specs) {
        this.specs = List.copyOf(specs);
        this.names = specs.stream().map(ParameterSpec::name).toList();
        this.shapes = specs.stream().map(ParameterSpec::shape).toList();
        this.sizes = shapes.stream().mapToInt(each -> Math.toIntExact(each.size())).toArray();
        this.shape = new Shape(1, Math.toIntExact(shapes.stream().mapToLong(Shape::size).sum()));
    }

    /** @return the parameters, in their order */
    public List<ParameterSpec> specs() {
        return specs;
    }

    /** @return the number of elements of each parameter */
    public int[] sizes() {
        return sizes.clone();
    }

    /** @return the shape of the row, {@code 1×n} */
    public Shape shape() {
        return shape;
    }

    /** @return whether there are no parameters */
    public boolean isEmpty() {
        return specs.isEmpty();
    }

    /** @return the whole row as one parameter */
    public ParameterSpec asOne() {
        return new ParameterSpec("all", shape, 0, 0);
    }

    /**
     * @param values values of the parameters, by name; others are ignored
     * @return the row, owned by the innermost open scope
     */
    public Tensor join(Ops ops, Parameters values) {
        return isEmpty() ? ops.fill(shape, 0) : ops.join(names.stream().map(values::get).toArray(Tensor[]::new));
    }

    /** @return the parameters in the row; they may share its memory: see {@link Ops#split} */
    public Parameters split(Ops ops, Tensor row) {
        return new Parameters(names, isEmpty() ? List.of() : ops.split(row, shapes));
    }

    /** @return {@code m×1}, for each of the m parameters: the inner product of its elements in both rows */
    public Tensor dots(Ops ops, Tensor a, Tensor b) {
        return ops.partDots(a, b, sizes);
    }

    /** @return the row, each parameter's elements multiplied by its factor in the column {@code factors}, {@code m×1} */
    public Tensor scale(Ops ops, Tensor row, Tensor factors) {
        return ops.scaleParts(row, factors, sizes);
    }
}
