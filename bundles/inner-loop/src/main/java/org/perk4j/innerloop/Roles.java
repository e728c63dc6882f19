package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Divides the learned parameters into those that the steps update, θ, and those that stay constant during the steps and are
 * learned by meta-training only, w: the rest of the adapter, and the token weighting. Immutable and thread-safe.
 */
public final class Roles {

    private static final String ADAPTER = ParameterGroup.ADAPTER + ".";
    private static final String WEIGHTING = ParameterGroup.WEIGHTING + ".";

    private final List<ParameterSpec> adapter;
    private final Layout moved;
    private final Layout around;
    private final List<String> constant;
    private final boolean answersReadAround;

    /**
     * @param adapter   the adapter whose parameters are divided
     * @param moves     whether the steps update a learned parameter
     * @param weighting the learned parameters of the token weighting; empty for none
     * @throws IllegalArgumentException if the steps would update nothing
     */
    public Roles(Adapter adapter, Predicate<ParameterSpec> moves, List<ParameterSpec> weighting) {
        this.adapter = adapter.parameters();
        this.moved = new Layout(this.adapter.stream().filter(spec -> spec.learned() && moves.test(spec)).toList());
        List<ParameterSpec> still = this.adapter.stream().filter(spec -> spec.learned() && !moves.test(spec)).toList();
        this.around = new Layout(Stream.concat(still.stream().map(spec -> spec.prefixed(ADAPTER)),
                weighting.stream().map(spec -> spec.prefixed(WEIGHTING))).toList());
        this.constant = this.adapter.stream().filter(spec -> !spec.learned()).map(ParameterSpec::name).toList();
        this.answersReadAround = !still.isEmpty();
        if (moved.isEmpty()) {
            throw new IllegalArgumentException("the inner steps would update nothing: the adapter has "
                    + this.adapter.stream().map(ParameterSpec::name).limit(4).toList() + " …");
        }
    }

    /** @return θ, the parameters that the steps update, under the adapter's names */
    public Layout moved() {
        return moved;
    }

    /** @return w, under the names {@code adapter.…} and {@code weighting.…} */
    public Layout around() {
        return around;
    }

    /** @return whether the adapter's output depends on w */
    boolean answersReadAround() {
        return answersReadAround;
    }

    /**
     * The starting point of the steps.
     *
     * @param moved    θ₀
     * @param around   w
     * @param constant the adapter's values that are not learned
     */
    record Start(Tensor moved, Tensor around, Parameters constant) {
    }

    /** @return the starting point, in rows that belong to the innermost open scope */
    Start start(Ops ops, Parameters meta) {
        Parameters values = meta.under(ADAPTER);
        return new Start(moved.join(ops, values), around.join(ops, meta),
                new Parameters(constant, constant.stream().map(values::get).toList()));
    }

    /** @return the adapter's values in the adapter's order */
    Parameters adapter(Ops ops, Tensor theta, Tensor w, Parameters constants) {
        Parameters steps = moved.split(ops, theta);
        if (steps.size() == adapter.size()) {
            return steps;
        }
        Parameters still = answersReadAround ? around.split(ops, w).under(ADAPTER) : new Parameters(List.of(), List.of());
        List<String> names = adapter.stream().map(ParameterSpec::name).toList();
        List<Tensor> values = new ArrayList<>();
        for (String name : names) {
            values.add((steps.names().contains(name) ? steps : still.names().contains(name) ? still : constants).get(name));
        }
        return new Parameters(names, values);
    }

    /** @return the token weighting's values */
    Parameters weighting(Ops ops, Tensor w) {
        return around.split(ops, w).under(WEIGHTING);
    }
}
