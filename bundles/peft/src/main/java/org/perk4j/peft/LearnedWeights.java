package org.perk4j.peft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Layer;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.model.VirtualTokens;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/**
 * Weights of the base that are learned in addition to an adapter's own parameters, by PEFT's rules. Adapters have these two
 * as options, under these names.
 *
 * @param bias          {@value #NONE}, {@value #ALL}, or the type's own value, such as {@code lora_only}, for the biases of
 *                      the adapted layers
 * @param modulesToSave the ends of the names of modules, such as {@code ln_f}, all of whose weights are learned
 */
public record LearnedWeights(String bias, List<String> modulesToSave) {

    /** No bias is learned. */
    public static final String NONE = "none";

    /** All biases of the model are learned. */
    public static final String ALL = "all";

    /** The help for the option {@code bias}, to which a type adds its own value. */
    public static final String BIASES =
            "biases of the base that are learned too: none, all, or, for those of the adapted layers alone, ";
    /** The help for the option {@code modulesToSave}. */
    public static final String MODULES =
            "modules of the base whose weights are learned too, by the ends of their names, such as ln_f";

    private static final String BIAS = ".bias";

    /** @throws IllegalArgumentException naming the key, if a module has no name */
    public LearnedWeights {
        modulesToSave = List.copyOf(modulesToSave);
        if (modulesToSave.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("modulesToSave: a module's name is empty");
        }
    }

    /** @return learned modules without biases, for types with which PEFT learns no biases */
    public static LearnedWeights withoutBiases(List<String> modulesToSave) {
        return new LearnedWeights(NONE, modulesToSave);
    }

    /**
     * @param only the type's own value of {@code bias}
     * @throws IllegalArgumentException naming the key, if {@code bias} has another value
     */
    public LearnedWeights require(String only) {
        if (!Set.of(NONE, ALL, only).contains(bias)) {
            throw new IllegalArgumentException("bias must be " + NONE + ", " + ALL + " or " + only + ", not " + bias);
        }
        return this;
    }

    /**
     * @param adapter an adapter that doesn't replace weights of the base
     * @param adapted the layers that it adapts
     * @return the adapter with these weights in addition; the adapter itself if there are none
     * @throws IllegalArgumentException naming the key, if the model has no such modules or they can't be learned this way
     */
    public Adapter beside(Adapter adapter, List<Site> adapted, Model model) {
        Set<String> layers = adapted.stream().map(Site::name).collect(Collectors.toSet());
        List<ParameterSpec> weights = new ArrayList<>(ofModules(layers, model));
        for (ParameterSpec weight : biases(layers, model)) {
            if (weights.contains(weight)) {
                throw new IllegalArgumentException("modulesToSave: " + weight.name() + " is already learned through bias: "
                        + bias);
            }
            weights.add(weight);
        }
        if (weights.isEmpty()) {
            return adapter;
        }
        Map<String, Object> configuration = bias.equals(NONE) ? Map.of("modules_to_save", modulesToSave)
                : Map.of("bias", bias, "modules_to_save", modulesToSave);
        return new Both(adapter, new WeightAdapter(weights, name -> inFiles(name, layers), configuration), configuration);
    }

    /** The name in PEFT's files: PEFT wraps the layers that it adapts, which adds a step to the paths of their weights. */
    private static String inFiles(String weight, Set<String> layers) {
        String module = module(weight);
        return layers.contains(module) ? module + ".base_layer" + weight.substring(module.length()) : weight;
    }

    private static String module(String weight) {
        return weight.substring(0, weight.lastIndexOf('.'));
    }

    private List<ParameterSpec> biases(Set<String> layers, Model model) {
        return bias.equals(NONE) ? List.of() : model.parameters().stream().filter(weight -> weight.name().endsWith(BIAS)
                && (bias.equals(ALL) || layers.contains(module(weight.name())))).toList();
    }

    private List<ParameterSpec> ofModules(Set<String> layers, Model model) {
        for (String end : modulesToSave) {
            if (model.parameters().stream().noneMatch(weight -> isWithin(weight.name(), end))) {
                throw new IllegalArgumentException("modulesToSave: no module of the model has a name that ends in " + end
                        + " and weights of its own");
            }
        }
        List<ParameterSpec> weights = model.parameters().stream()
                .filter(weight -> modulesToSave.stream().anyMatch(end -> isWithin(weight.name(), end))).toList();
        boolean tied = model.parameters().stream().filter(weight -> isOfVocabulary(weight, model)).count() == 1;
        for (ParameterSpec weight : weights) {
            if (layers.contains(module(weight.name()))) {
                throw new IllegalArgumentException("modulesToSave: " + module(weight.name()) + " is adapted: remove it "
                        + "from one of the two, for example by excludeModules");
            }
            if (tied && isOfVocabulary(weight, model)) {
                throw new IllegalArgumentException("modulesToSave: " + weight.name() + " is also the output layer's weight, "
                        + "which PEFT would not learn with it");
            }
        }
        return weights;
    }

    private static boolean isOfVocabulary(ParameterSpec weight, Model model) {
        return weight.shape().rows() == model.size().vocabulary() && weight.shape().columns() == model.size().width();
    }

    /** Whether a weight lies, at any depth, in a module whose name ends like this. */
    private static boolean isWithin(String weight, String end) {
        return IntStream.range(0, weight.length()).filter(i -> weight.charAt(i) == '.')
                .anyMatch(i -> weight.substring(0, i).endsWith(end));
    }

    /** An adapter with weights in addition. */
    private record Both(Adapter adapter, Adapter weights, Map<String, Object> ofWeights) implements Adapter {

        @Override
        public List<ParameterSpec> parameters() {
            return Stream.concat(adapter.parameters().stream(), weights.parameters().stream()).toList();
        }

        @Override
        public Adaptation with(Parameters values, Dropout dropout) {
            return new Adapted(adapter.with(values, dropout), weights.with(values, dropout));
        }

        @Override
        public int virtualTokens() {
            return adapter.virtualTokens();
        }

        @Override
        public Optional<Tensor> penalty(Ops ops, Parameters values) {
            return adapter.penalty(ops, values);
        }

        @Override
        public void afterStep(long step, long steps, Map<String, float[]> values, Map<String, float[]> gradients) {
            adapter.afterStep(step, steps, values, gradients);
        }

        @Override
        public Map<String, Object> configuration() {
            Map<String, Object> configuration = new LinkedHashMap<>(adapter.configuration());
            configuration.putAll(ofWeights);
            return configuration;
        }

        @Override
        public Optional<Kept> kept(Compute compute, Parameters values) {
            return adapter.kept(compute, values).map(kept -> {
                List<String> names = new ArrayList<>(kept.values().names());
                List<Tensor> tensors = new ArrayList<>(kept.values().tensors());
                for (ParameterSpec weight : weights.parameters()) {
                    names.add(weight.name());
                    tensors.add(values.get(weight.name()));
                }
                return new Kept(kept.options(), new Both(kept.adapter(), weights, ofWeights),
                        new Parameters(names, tensors));
            });
        }
    }

    private record Adapted(Adaptation layers, Adaptation others) implements Adaptation {

        @Override
        public Tensor apply(Ops ops, Site site, Tensor input, Layer base) {
            return layers.apply(ops, site, input, base);
        }

        @Override
        public Parameters weights(Parameters base) {
            return others.weights(base);
        }

        @Override
        public Optional<VirtualTokens> virtualTokens() {
            return layers.virtualTokens();
        }
    }
}
