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
 * (IA)³ (Liu et al. 2022, arXiv 2205.05638): each output of a layer is multiplied by a learned number, which begins at 1.
 * Only the forward computation is written, in the {@code ops} that are handed over: gradients and what else encoding takes
 * come from there.
 */
record ${className}Adapter(List<Site> sites) implements Adapter {

    private static String name(Site site) {
        return "base_model.model." + site.name() + ".ia3_l";
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().map(site -> new ParameterSpec(name(site), new Shape(site.outputs(), 1), 1, 0)).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, Tensor> scales = new HashMap<>();
        sites.forEach(site -> scales.put(site.name(), values.get(name(site))));
        return (ops, site, input, base) -> {
            Tensor output = base.of(ops, input);
            Tensor scale = scales.get(site.name());
            if (scale == null) {
                return output;
            }
            Tensor ones = ops.fill(new Shape(output.rows(), 1), 1);
            return ops.multiply(output, ops.matmul(ones, false, scale, true)); // the same for every row, which is a token
        };
    }

    /** What makes a memory an adapter that Hugging Face's PEFT loads: its {@code adapter_config.json}. */
    @Override
    public Map<String, Object> configuration() {
        return Map.of("peft_type", "IA3", "task_type", "CAUSAL_LM", "inference_mode", true,
                "target_modules", sites.stream().map(site -> site.name().replaceFirst(".*\\.", "")).distinct().toList(),
                "feedforward_modules", List.of(), // those would scale inputs instead
                "fan_in_fan_out", sites.stream().allMatch(Site::inputsFirst));
    }
}
