package org.perk4j.inference;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Model;
import org.perk4j.model.Parameters;

/** Continues a given list of prompts, all to their ends: see {@link DecodeBatch}. */
public final class Generator {

    private final Compute compute;
    private final Model model;
    private final Parameters weights;
    private final Set<Integer> ends;

    /** @param ends the tokens that end an answer */
    public Generator(Compute compute, Model model, Parameters weights, Set<Integer> ends) {
        this.compute = compute;
        this.model = model;
        this.weights = weights;
        this.ends = Set.copyOf(ends);
    }

    /**
     * Continues prompts that are all read with one adaptation.
     *
     * @return the continuation of each prompt, without the token that ends it; it also ends at the model's longest sequence
     * @throws IllegalArgumentException if a prompt is empty or longer than the model reads
     */
    public List<int[]> generate(List<int[]> prompts, Adaptation adaptation, Decoding decoding) {
        return generate(prompts, Collections.nCopies(prompts.size(), adaptation), decoding);
    }

    /**
     * Continues prompts, each read with an adaptation of its own.
     *
     * @param adaptations one for each prompt; prompts of one memory have the same object
     * @return the continuation of each prompt, without the token that ends it; it also ends at the model's longest sequence
     * @throws IllegalArgumentException if a prompt is empty or longer than the model reads, or if there aren't as many
     *                                  adaptations
     */
    public List<int[]> generate(List<int[]> prompts, List<Adaptation> adaptations, Decoding decoding) {
        if (adaptations.size() != prompts.size()) {
            throw new IllegalArgumentException(prompts.size() + " prompts, " + adaptations.size() + " adaptations");
        }
        try (DecodeBatch batch = new DecodeBatch(compute, model, weights, ends)) {
            List<Sequence> sequences = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                sequences.add(batch.join(prompts.get(i), adaptations.get(i), decoding, i));
            }
            boolean more = true;
            while (more) {
                more = batch.step();
            }
            return sequences.stream().map(Sequence::written).toList();
        }
    }
}
