package org.perk4j.peft;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
/** An adapter whose values replace some of the base's weights, and are initialized with them. */
public final class WeightAdapter implements Adapter {

    /** The weights by the names of the adapter's parameters. */
    private final Map<String, ParameterSpec> weights = new LinkedHashMap<>();
    private final Map<String, Object> configuration;

    /**
     * @param weights       the weights of the model that are replaced
     * @param names         gives a weight's name in PEFT's files, without {@value PeftConfiguration#PREFIX}
     * @param configuration the entries of PEFT's {@code adapter_config.json} that are specific to the type
     */
    public WeightAdapter(List<ParameterSpec> weights, UnaryOperator<String> names, Map<String, Object> configuration) {
        weights.forEach(weight -> this.weights.put(PeftConfiguration.PREFIX + names.apply(weight.name()), weight));
        this.configuration = new LinkedHashMap<>(configuration);
        this.configuration.put("task_type", "CAUSAL_LM");
        this.configuration.put("inference_mode", true);
    }

    /** @return the parameters; rows are stored as vectors in files */
    @Override
    public List<ParameterSpec> parameters() {
        return weights.keySet().stream().map(name -> {
            ParameterSpec weight = weights.get(name);
            ParameterSpec spec = new ParameterSpec(name, weight.shape(),
                    new Initial.OfWeights(base -> base.of(weight.name())));
            return weight.shape().rows() == 1 ? spec.inFiles(weight.shape().columns()) : spec;
        }).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        return Adaptation.replacing(new Parameters(weights.values().stream().map(ParameterSpec::name).toList(),
                weights.keySet().stream().map(values::get).toList()));
    }

    @Override
    public Map<String, Object> configuration() {
        return configuration;
    }
}
