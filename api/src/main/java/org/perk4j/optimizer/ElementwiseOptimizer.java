package org.perk4j.optimizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** An update rule that treats all elements alike and independently, written for one tensor of any shape. */
@ConsumerType
public interface ElementwiseOptimizer extends InnerOptimizer {

    /** @return how many state tensors a parameter has, each of its shape */
    int slots();

    /**
     * @param step  counted from 1
     * @param state {@link #slots()} tensors
     * @return tensors of the parameter's shape, owned by the innermost open scope of {@code ops}
     */
    Direction direction(Ops ops, int step, Tensor parameter, Tensor gradient, List<Tensor> state);

    /**
     * The result of a step for one parameter.
     *
     * @param direction the direction of the step; the parameter moves against it
     * @param state     the next state
     */
    record Direction(Tensor direction, List<Tensor> state) {
    }

    @Override
    default boolean elementwise() {
        return true;
    }

    @Override
    default List<Shape> state(List<ParameterSpec> parameters) {
        return parameters.stream().flatMap(spec -> Collections.nCopies(slots(), spec.shape()).stream()).toList();
    }

    @Override
    default Directions directions(Ops ops, int step, List<ParameterSpec> specs, List<Tensor> parameters,
                                  List<Tensor> gradients, List<Tensor> state) {
        List<Tensor> directions = new ArrayList<>();
        List<Tensor> next = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            Direction one = direction(ops, step, parameters.get(i), gradients.get(i),
                    state.subList(i * slots(), (i + 1) * slots()));
            directions.add(one.direction());
            next.addAll(one.state());
        }
        return new Directions(directions, next);
    }
}
