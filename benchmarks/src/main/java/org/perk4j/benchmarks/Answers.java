package org.perk4j.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.Dropout;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Generator;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Memories that each answer a prompt, all at once. */
final class Answers implements Subject {

    /** No token, so that no answer ends early. */
    private static final Set<Integer> NEVER = Set.of();

    private final Workload workload;
    private final Compute compute;
    private final ScoredModel model;
    private final Generator generator;
    private final List<int[]> prompts;
    private final List<Adaptation> memories = new ArrayList<>();

    Answers(Workload workload, Compute compute, Values values) throws IOException {
        this.workload = workload;
        this.compute = compute;
        model = new ScoredModel(workload.model());
        Parameters weights = values.all(compute, "model", model.parameters());
        for (int i = 0; i < workload.segments(); i++) {
            memories.add(workload.rank() == 0 ? Adaptation.NONE : memory(values, "memory" + i));
        }
        prompts = List.of(values.tokens("prompts", workload.segments(), workload.tokens(), model.size().vocabulary()));
        generator = new Generator(compute, workload.results().isEmpty() ? model.plain() : model, weights, NEVER);
    }

    private Adaptation memory(Values values, String name) throws IOException {
        Adapter adapter = new Lora().create(new LoraOptions(workload.rank(), 16, true, 0, List.of(), 0.02, 0.02), model);
        return adapter.with(values.all(compute, name, adapter.parameters()), Dropout.NONE);
    }

    @Override
    public Parameters run() {
        generator.generate(prompts, memories, Decoding.greedy(workload.answer()));
        if (workload.results().isEmpty()) {
            return new Parameters(List.of(), List.of());
        }
        Shape shape = new Shape(workload.segments() * workload.answer(), model.size().vocabulary());
        double[] scores = model.scores().stream().flatMapToDouble(
                of -> IntStream.range(0, of.length).mapToDouble(i -> of[i])).toArray();
        Tensor all = compute.constant(shape, scores);
        return new Parameters(List.of("scores"), List.of(all));
    }
}
