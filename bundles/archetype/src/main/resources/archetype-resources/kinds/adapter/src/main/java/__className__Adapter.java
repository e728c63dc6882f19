package ${package};

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Each output of a layer is multiplied by a learned number, which begins at 1. Write the forward computation only, in the
 * {@code ops} that are handed over: gradients and what else encoding takes come from there.
 */
record ${className}Adapter(List<Site> sites) implements Adapter {

    private static String name(Site site) {
        return "base_model.model." + site.name() + ".${type}_scale";
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().map(site -> new ParameterSpec(name(site), new Shape(1, site.outputs()), 1, 0)).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, Tensor> scales = new HashMap<>();
        sites.forEach(site -> scales.put(site.name(), values.get(name(site))));
        return (ops, site, input, output) -> {
            Tensor scale = scales.get(site.name());
            if (scale == null) {
                return output;
            }
            Tensor ones = ops.fill(new Shape(output.rows(), 1), 1);
            return ops.multiply(output, ops.matmul(ones, false, scale, false)); // the same for every row, which is a token
        };
    }

    /** What is written into {@code adapter_config.json}: where Hugging Face's PEFT has such an adapter, its own keys. */
    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "${type}", "target_modules", sites.stream().map(Site::name).toList());
    }
}
