package org.perk4j.adapter.lora;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Json;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A pair of low-rank factors for each adapted site. If they are initialized with a part of the base's weight, that part is
 * subtracted from the layer's output, by a copy of the initial factors that is not learned.
 */
final class LoraAdapter implements Adapter {

    private final LoraOptions options;
    private final List<Site> all;
    private final List<AdaptedSite> sites;
    private final List<String> targets;

    /**
     * A site with the parameters that adapt it.
     *
     * @param begun the initial A and B; empty if nothing is subtracted from the base
     */
    private record AdaptedSite(Site site, ParameterSpec a, ParameterSpec b, List<ParameterSpec> begun, double scale) {

        static AdaptedSite of(Site site, LoraOptions options) {
            int rank = options.rank(site);
            double scale = options.scale(site);
            boolean drawn = options.initLoraWeights() == InitLoraWeights.NORMAL;
            WeightFactors factors = drawn ? null : new WeightFactors(site, options.initLoraWeights(), rank, scale);
            ParameterSpec a = new ParameterSpec(name(site, "lora_A.weight"), new Shape(rank, site.inputs()),
                    drawn ? new Initial.Normal(0, options.initA() > 0 ? options.initA() : 1 / Math.sqrt(3.0 * site.inputs()))
                            : factors.a());
            ParameterSpec b = new ParameterSpec(name(site, "lora_B.weight"), new Shape(site.outputs(), rank),
                    drawn ? new Initial.Normal(0, options.initB()) : factors.b());
            List<ParameterSpec> begun = drawn ? List.of() : List.of(a.named(name(site, "lora_A.initial")).frozen(),
                    b.named(name(site, "lora_B.initial")).frozen());
            return new AdaptedSite(site, a, b.withRateFactor(options.loraplusLrRatio()), begun, scale);
        }

        private static String name(Site site, String factor) {
            return PeftConfiguration.PREFIX + site.name() + "." + factor;
        }

        LoraAdaptation.Factors factors(Parameters values) {
            return new LoraAdaptation.Factors(values.get(a.name()), values.get(b.name()), scale);
        }

        /** @return the factors to subtract from the base; null for none */
        LoraAdaptation.Factors lacking(Parameters values) {
            return begun.isEmpty() ? null : new LoraAdaptation.Factors(values.get(begun.get(0).name()),
                    values.get(begun.get(1).name()), -scale);
        }
    }

    /** @param all sites of the model, from which the options choose */
    LoraAdapter(LoraOptions options, List<Site> all) {
        List<Site> chosen = options.choose(all);
        this.options = options;
        this.all = all;
        this.sites = chosen.stream().map(site -> AdaptedSite.of(site, options)).toList();
        this.targets = Modules.written(chosen, all);
    }

    /** @return the layers that are adapted */
    List<Site> adapted() {
        return sites.stream().map(AdaptedSite::site).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(s -> Stream.concat(Stream.of(s.a, s.b), s.begun.stream())).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, LoraAdaptation.Factors> factors = new HashMap<>();
        Map<String, LoraAdaptation.Factors> lacking = new HashMap<>();
        for (AdaptedSite s : sites) {
            factors.put(s.site.name(), s.factors(values));
            if (!s.begun.isEmpty()) {
                lacking.put(s.site.name(), s.lacking(values));
            }
        }
        return new LoraAdaptation(factors, lacking, options.dropout(), dropout);
    }

    /**
     * If the factors were initialized with a part of the base's weight, keeps plain LoRA of twice the rank, to which PEFT
     * converts them too: with the initial A₀ and B₀, {@code B·A - B₀·A₀ = (B, -B₀)·(A; A₀)}.
     */
    @Override
    public Optional<Kept> kept(Compute compute, Parameters values) {
        if (options.initLoraWeights() == InitLoraWeights.NORMAL) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        for (AdaptedSite s : sites) {
            LoraAdaptation.Factors factors = s.factors(values);
            LoraAdaptation.Factors lacking = s.lacking(values);
            names.addAll(List.of(s.a.name(), s.b.name()));
            tensors.add(compute.scoped(() -> compute.reshape(compute.join(factors.a(), lacking.a()),
                    new Shape(2 * factors.a().rows(), s.site.inputs()))));
            tensors.add(compute.scoped(() -> compute.concatenateColumns(factors.b(), compute.scale(lacking.b(), -1))));
        }
        LoraOptions doubled = options.doubled();
        return Optional.of(new Kept(Json.plain(doubled), new LoraAdapter(doubled, all), new Parameters(names, tensors)));
    }

    /** @return the configuration of what is kept */
    @Override
    public Map<String, Object> configuration() {
        if (options.initLoraWeights() != InitLoraWeights.NORMAL) {
            return new LoraAdapter(options.doubled(), all).configuration();
        }
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("peft_type", "LORA");
        configuration.put("task_type", "CAUSAL_LM");
        configuration.put("r", options.rank());
        configuration.put("lora_alpha", options.alpha());
        configuration.put("use_rslora", options.rankStabilized());
        configuration.put("lora_dropout", options.dropout());
        configuration.put("rank_pattern", options.rankPattern().plain());
        configuration.put("alpha_pattern", options.alphaPattern().plain());
        configuration.put("target_modules", targets);
        configuration.put("fan_in_fan_out", sites.stream().allMatch(s -> s.site.inputsFirst()));
        configuration.put("bias", "none");
        configuration.put("inference_mode", true);
        return configuration;
    }
}
