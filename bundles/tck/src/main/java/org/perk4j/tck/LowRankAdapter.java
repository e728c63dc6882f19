package org.perk4j.tck;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * What contracts adapt models with: {@code x·Aᵀ·diag(s)·Bᵀ} is added to what a layer makes of x, with dropout before A. The
 * scales s are never learned, so that whoever handles an adapter's parameters meets one of that sort.
 */
record LowRankAdapter(List<Site> sites, int rank, double dropout) implements Adapter {

    private static ParameterSpec a(Site site, int rank) {
        return new ParameterSpec(site.name() + ".lora_A", new Shape(rank, site.inputs()), 0, 0.3);
    }

    private static ParameterSpec scales(Site site, int rank) {
        return new ParameterSpec(site.name() + ".scales", new Shape(1, rank), 1, 0).frozen();
    }

    private static ParameterSpec b(Site site, int rank) {
        return new ParameterSpec(site.name() + ".lora_B", new Shape(site.outputs(), rank), 0, 0.3);
    }

    @Override
    public List<ParameterSpec> parameters() {
        return sites.stream().flatMap(site -> Stream.of(a(site, rank), scales(site, rank), b(site, rank))).toList();
    }

    @Override
    public Adaptation with(Parameters values, Dropout draws) {
        Map<String, Factors> factors = sites.stream().collect(Collectors.toMap(Site::name, site -> new Factors(
                values.get(a(site, rank).name()), values.get(scales(site, rank).name()), values.get(b(site, rank).name()))));
        return (ops, site, input, base) -> {
            Tensor output = base.of(ops, input);
            Factors here = factors.get(site.name());
            return here == null ? output : here.addedTo(ops, output, draws.apply(ops, site, input, dropout));
        };
    }

    private record Factors(Tensor a, Tensor scales, Tensor b) {

        Tensor addedTo(Ops ops, Tensor output, Tensor input) {
            Tensor scaled = ops.multiply(ops.matmul(input, false, a, true), ops.repeatRow(scales, input.rows()));
            return ops.addProduct(output, 1, scaled, b);
        }
    }

    /** No file is written of it. */
    @Override
    public Map<String, Object> configuration() {
        return Map.of();
    }
}
