package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.annotation.versioning.ProviderType;
import org.perk4j.backend.Compute;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** The learning rates of the inner steps. Immutable and thread-safe. */
@ProviderType
public abstract class Rates {

    /** The granularity of learning rates. */
    public enum Per {
        /** One per tensor and step (MAML++, Antoniou et al. 2019, arXiv 1810.09502). */
        TENSOR,
        /** One per layer and step. */
        LAYER,
        /** One per element, the same in all steps (Meta-SGD, Li et al. 2017, arXiv 1707.09835). */
        ELEMENT
    }

    private Rates() {
    }

    /**
     * @param moved   the parameters that the steps update
     * @param initial the initial value of all learning rates
     */
    public static Rates learned(Per per, Layout moved, int steps, double initial) {
        return switch (per) {
            case TENSOR -> new PerGroup(moved, moved.specs().stream().map(ParameterSpec::name).toList(), steps, initial);
            case LAYER -> new PerGroup(moved, moved.specs().stream().map(spec -> layer(spec.name())).toList(), steps,
                    initial);
            case ELEMENT -> new PerElement(moved, initial);
        };
    }

    /** @return one learning rate for everything, not learned */
    public static Rates fixed(double rate) {
        return new Fixed(rate);
    }

    /** @return a parameter's layer: its name up to the first number; {@code rest} if it has no number */
    static String layer(String name) {
        Matcher number = Pattern.compile("(?:^|.*?\\.)\\d+(?=\\.)").matcher(name);
        return number.lookingAt() ? number.group() : "rest";
    }

    /** @return the learned learning rates and how they are initialized */
    public abstract List<ParameterSpec> parameters();

    /** @return all rates in one tensor, owned by the innermost open scope */
    abstract Tensor table(Compute compute, Parameters rates);

    /** @return the rates of a step, counted from 0; owned by the innermost open scope, or the table itself */
    abstract Tensor at(Compute compute, Tensor table, int step);

    /** @return the row {@code direction} times the rates that {@link #at} returned */
    abstract Tensor apply(Ops ops, Tensor rate, Tensor direction);

    /**
     * Adds a step's gradient to those of all later steps.
     *
     * @param later the result of this for the next step; empty for the last step
     * @param term  the gradient with respect to the result of {@link #at}; freed if it isn't kept
     * @return what {@link #gradient} is computed from in the end
     */
    abstract List<Tensor> collected(Compute compute, List<Tensor> later, Tensor term);

    /** @return the gradients with respect to {@link #parameters}, from what was collected over all steps */
    abstract List<Tensor> gradient(Compute compute, List<Tensor> collected);

    /** A rate for each group of parameters and step. */
    private static final class PerGroup extends Rates {

        private final Layout moved;
        private final Layout rates;
        private final int steps;
        /** The group's number for each updated parameter; null if each parameter is its own group. */
        private final int[] groups;

        /** @param groupNames the group's name for each updated parameter */
        PerGroup(Layout moved, List<String> groupNames, int steps, double initial) {
            Map<String, Integer> numbers = new LinkedHashMap<>();
            groupNames.forEach(name -> numbers.putIfAbsent(name, numbers.size()));
            this.moved = moved;
            this.steps = steps;
            this.rates = new Layout(numbers.keySet().stream()
                    .map(name -> new ParameterSpec(name, new Shape(steps, 1), initial, 0)).toList());
            this.groups = numbers.size() == groupNames.size() ? null : groupNames.stream().mapToInt(numbers::get).toArray();
        }

        @Override
        public List<ParameterSpec> parameters() {
            return rates.specs();
        }

        /** @return {@code groups×steps} */
        @Override
        Tensor table(Compute compute, Parameters values) {
            return compute.scoped(() -> compute.reshape(rates.join(compute, values),
                    new Shape(rates.specs().size(), steps)));
        }

        @Override
        Tensor at(Compute compute, Tensor table, int step) {
            return compute.columns(table, step, 1);
        }

        @Override
        Tensor apply(Ops ops, Tensor rate, Tensor direction) {
            return moved.scale(ops, direction, groups == null ? rate : ops.gatherRows(rate, groups));
        }

        /** @return a column for each step, in their order */
        @Override
        List<Tensor> collected(Compute compute, List<Tensor> later, Tensor term) {
            List<Tensor> columns = new ArrayList<>(List.of(term));
            columns.addAll(later);
            return columns;
        }

        @Override
        List<Tensor> gradient(Compute compute, List<Tensor> columns) {
            Tensor table = compute.concatenateColumns(columns.toArray(Tensor[]::new));
            return compute.split(table, rates.specs().stream().map(ParameterSpec::shape).toList());
        }
    }

    private static final class PerElement extends Rates {

        private final Layout rates;

        PerElement(Layout moved, double initial) {
            this.rates = new Layout(moved.specs().stream()
                    .map(spec -> new ParameterSpec(spec.name(), spec.shape(), initial, 0)).toList());
        }

        @Override
        public List<ParameterSpec> parameters() {
            return rates.specs();
        }

        @Override
        Tensor table(Compute compute, Parameters values) {
            return rates.join(compute, values);
        }

        @Override
        Tensor at(Compute compute, Tensor table, int step) {
            return table;
        }

        @Override
        Tensor apply(Ops ops, Tensor rate, Tensor direction) {
            return ops.multiply(direction, rate);
        }

        /** @return the sum, so that memory doesn't grow with the steps */
        @Override
        List<Tensor> collected(Compute compute, List<Tensor> later, Tensor term) {
            if (later.isEmpty()) {
                return List.of(term);
            }
            compute.accumulate(later.get(0), 1, term);
            compute.free(term);
            return later;
        }

        @Override
        List<Tensor> gradient(Compute compute, List<Tensor> sum) {
            return rates.split(compute, sum.get(0)).tensors();
        }
    }

    private static final class Fixed extends Rates {

        private final double rate;

        Fixed(double rate) {
            this.rate = rate;
        }

        @Override
        public List<ParameterSpec> parameters() {
            return List.of();
        }

        @Override
        Tensor table(Compute compute, Parameters values) {
            return compute.fill(new Shape(1, 0), 0);
        }

        @Override
        Tensor at(Compute compute, Tensor table, int step) {
            return table;
        }

        @Override
        Tensor apply(Ops ops, Tensor none, Tensor direction) {
            return ops.scale(direction, rate);
        }

        @Override
        List<Tensor> collected(Compute compute, List<Tensor> later, Tensor term) {
            compute.free(term);
            return List.of();
        }

        @Override
        List<Tensor> gradient(Compute compute, List<Tensor> none) {
            return List.of();
        }
    }
}
