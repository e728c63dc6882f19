package org.perk4j.adapter.adalora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.backend.Compute;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.peft.LearnedWeights;
import org.perk4j.peft.Modules;
import org.perk4j.peft.PeftConfiguration;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A {@code rank×inputs}, E {@code rank×1} and B {@code outputs×rank} for each adapted layer. While training prunes ranks,
 * there are two more parameters that are not learned: the mask by which E is multiplied, and statistics of each rank's
 * importance.
 */
final class AdaLoraAdapter implements Adapter {

    private static final double STANDARD_DEVIATION = 0.02;

    private final AdaLoraOptions options;
    private final List<Site> all;
    private final List<AdaptedSite> sites;
    private final RankBudget budget;

    /** A layer with the names of its parameters. */
    private record AdaptedSite(Site site, int rank, boolean choosesRanks) {

        String name(String parameter) {
            return PeftConfiguration.PREFIX + site.name() + "." + parameter;
        }

        String a() {
            return name("lora_A");
        }

        String e() {
            return name("lora_E");
        }

        String b() {
            return name("lora_B");
        }

        RankBudget.Names names() {
            return new RankBudget.Names(a(), e(), b(), name("mask"), name("importance"), name("uncertainty"));
        }

        Stream<ParameterSpec> parameters(double initE) {
            Shape column = new Shape(rank, 1);
            Stream<ParameterSpec> learned = Stream.of(
                    new ParameterSpec(a(), new Shape(rank, site.inputs()), 0, STANDARD_DEVIATION),
                    new ParameterSpec(e(), column, 0, initE),
                    new ParameterSpec(b(), new Shape(site.outputs(), rank), 0, STANDARD_DEVIATION));
            if (rank == 0) { // PEFT then has parameters without elements
                return learned.map(ParameterSpec::frozen);
            }
            return !choosesRanks ? learned : Stream.concat(learned, Stream.of(
                    new ParameterSpec(names().mask(), column, 1, 0).frozen(),
                    new ParameterSpec(names().importance(), column, 0, 0).frozen(),
                    new ParameterSpec(names().uncertainty(), column, 0, 0).frozen()));
        }

        /** @return E, masked */
        Tensor singularValues(Ops ops, Parameters values) {
            return choosesRanks ? ops.multiply(values.get(e()), values.get(names().mask())) : values.get(e());
        }
    }

    /** @param all sites of the model, from which the options choose */
    AdaLoraAdapter(AdaLoraOptions options, List<Site> all) {
        this.options = options;
        this.all = all;
        this.sites = options.modules().choose(all).stream()
                .map(site -> new AdaptedSite(site, options.ranks(site).length, options.choosesRanks())).toList();
        this.budget = new RankBudget(options, sites.stream().map(AdaptedSite::names).toList());
        List<String> known = sites.stream().map(s -> AdaLoraOptions.patternName(s.site)).toList();
        for (String name : options.rankPattern().members().keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("rankPattern." + name + ": there is no such layer among those adapted");
            }
        }
    }

    /** @return the layers that are adapted */
    List<Site> adapted() {
        return sites.stream().map(AdaptedSite::site).toList();
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(s -> s.parameters(options.initE())).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout dropout) {
        Map<String, AdaptedSite> adapted = new HashMap<>();
        sites.forEach(s -> adapted.put(s.site.name(), s));
        return (ops, site, input, base) -> {
            AdaptedSite s = adapted.get(site.name());
            return s == null || s.rank == 0 ? base.of(ops, input) : ops.scoped(() -> {
                Tensor seen = options.dropout() == 0 ? input : dropout.apply(ops, site, input, options.dropout());
                Tensor scaled = ops.scaleRows(values.get(s.a()), s.singularValues(ops, values));
                return ops.addProduct(base.of(ops, input), options.scale(), ops.matmul(seen, false, scaled, true),
                        values.get(s.b()));
            });
        };
    }

    /**
     * {@code orthRegWeight} times the mean of {@code ‖A·Aᵀ - I‖²} and {@code ‖Bᵀ·B - I‖²} over all layers. The norm is
     * squared as in the paper, so that it has second derivatives everywhere; PEFT and the paper's code use the norm itself.
     */
    @Override
    public Optional<Tensor> penalty(Ops ops, Parameters values) {
        if (options.orthRegWeight() == 0) {
            return Optional.empty();
        }
        return Optional.of(ops.scoped(() -> {
            List<AdaptedSite> left = sites.stream().filter(s -> s.rank > 0).toList();
            Tensor sum = left.stream().flatMap(s -> Stream.of(excess(ops, values.get(s.a()), s.rank, false),
                    excess(ops, values.get(s.b()), s.rank, true))).reduce(ops::add).orElseThrow();
            return ops.scale(sum, options.orthRegWeight() / (2 * left.size()));
        }));
    }

    private static Tensor excess(Ops ops, Tensor factor, int rank, boolean transposed) {
        return ops.scoped(() -> {
            double[] identity = new double[rank * rank];
            IntStream.range(0, rank).forEach(i -> identity[i * rank + i] = 1);
            Tensor excess = ops.combine(1, ops.matmul(factor, transposed, factor, !transposed), -1,
                    ops.constant(new Shape(rank, rank), identity));
            return ops.dot(excess, excess);
        });
    }

    @Override
    public void afterStep(long step, long steps, Map<String, float[]> values, Map<String, float[]> gradients) {
        if (options.choosesRanks()) {
            budget.afterStep(step, steps, values, gradients);
        }
    }

    /** Keeps the ranks that are not masked. A layer without any keeps one with the singular value 0. */
    @Override
    public Optional<Kept> kept(Compute compute, Parameters values) {
        if (!options.choosesRanks()) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        List<Tensor> tensors = new ArrayList<>();
        Map<String, Object> pattern = new LinkedHashMap<>();
        for (AdaptedSite s : sites) {
            double[] mask = compute.download(values.get(s.names().mask()));
            int[] masked = IntStream.range(0, mask.length).filter(i -> mask[i] != 0).toArray();
            int[] left = masked.length == 0 ? new int[1] : masked;
            pattern.put(AdaLoraOptions.patternName(s.site), IntStream.range(0, mask.length)
                    .mapToObj(i -> Arrays.stream(left).anyMatch(rank -> rank == i)).toList());
            names.addAll(List.of(s.a(), s.e(), s.b()));
            tensors.add(compute.gatherRows(values.get(s.a()), left));
            tensors.add(compute.scoped(() -> compute.gatherRows(s.singularValues(compute, values), left)));
            tensors.add(compute.concatenateColumns(Arrays.stream(left)
                    .mapToObj(rank -> compute.columns(values.get(s.b()), rank, 1)).toArray(Tensor[]::new)));
        }
        AdaLoraOptions chosen = options.chosen(JsonValue.of(pattern));
        return Optional.of(new Kept(Json.plain(chosen), new AdaLoraAdapter(chosen, all), new Parameters(names, tensors)));
    }

    @Override
    public Map<String, Object> configuration() {
        Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("peft_type", "ADALORA");
        configuration.put("task_type", "CAUSAL_LM");
        configuration.put("init_r", options.initR());
        configuration.put("target_r", options.targetR());
        configuration.put("lora_alpha", options.alpha());
        configuration.put("lora_dropout", options.dropout());
        configuration.put("orth_reg_weight", options.orthRegWeight());
        configuration.put("total_step", 1); // PEFT requires it, though nothing will be trained
        configuration.put("rank_pattern", options.rankPattern().members().isEmpty() ? null : options.rankPattern().plain());
        configuration.put("target_modules", Modules.written(adapted(), all));
        configuration.put("fan_in_fan_out", sites.stream().allMatch(s -> s.site.inputsFirst()));
        configuration.put("bias", LearnedWeights.NONE);
        configuration.put("inference_mode", true);
        return configuration;
    }
}
