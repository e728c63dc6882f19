package org.perk4j.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Owner;
import org.perk4j.backend.Scope;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Parameters;
import org.perk4j.model.Reading;
import org.perk4j.model.RowAdaptations;

/**
 * The adaptations of a batch, grouped by the weights that they are read with: one group for all that leave the base's
 * weights as they are, prepared side by side, and a group for each that replaces weights. They are prepared again only when
 * a new adaptation comes.
 */
final class ReadingGroups implements AutoCloseable {

    private final Compute compute;
    private final Parameters base;
    private List<Group> groups = List.of();
    private Owner owner;

    /**
     * Adaptations with the same weights.
     *
     * @param weights     the weights of the model
     * @param adaptations the adaptations
     * @param side        these, prepared side by side
     */
    record Group(Parameters weights, List<Adaptation> adaptations, RowAdaptations side) {

        boolean has(Adaptation adaptation) {
            return number(adaptation) >= 0;
        }

        /**
         * @param counts the number of rows of each sequence
         * @return the sequences of this group; empty if there are none
         */
        Optional<Reading> reading(List<Sequence> sequences, int[] counts) {
            int[] own = IntStream.range(0, counts.length).filter(i -> has(sequences.get(i).adaptation())).toArray();
            int[] chosen = Arrays.stream(own).flatMap(i -> {
                int number = number(sequences.get(i).adaptation());
                return IntStream.generate(() -> number).limit(counts[i]);
            }).toArray();
            return own.length == 0 ? Optional.empty() : Optional.of(new Reading(own, weights, side.rows(chosen)));
        }

        /** @return the index of an adaptation in the group; -1 if it isn't in it */
        int number(Adaptation adaptation) {
            for (int i = 0; i < adaptations.size(); i++) {
                if (adaptations.get(i) == adaptation) {
                    return i;
                }
            }
            return -1;
        }
    }

    ReadingGroups(Compute compute, Parameters base) {
        this.compute = compute;
        this.base = base;
    }

    /** @return the groups of these adaptations; they may also have earlier ones */
    List<Group> of(Collection<Adaptation> needed) {
        if (!needed.stream().allMatch(adaptation -> groups.stream().anyMatch(group -> group.has(adaptation)))) {
            Set<Adaptation> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
            prepare(needed.stream().filter(distinct::add).toList());
        }
        return groups;
    }

    /** Prepares the groups again, if they have an adaptation that is no longer needed. */
    void forget(Adaptation adaptation) {
        if (groups.stream().anyMatch(group -> group.has(adaptation))) {
            close();
        }
    }

    private void prepare(List<Adaptation> adaptations) {
        close();
        List<Group> prepared = new ArrayList<>();
        List<Adaptation> onBase = new ArrayList<>();
        for (Adaptation adaptation : adaptations) {
            Parameters weights = adaptation.weights(base);
            if (weights == base) {
                onBase.add(adaptation);
            } else {
                prepared.add(new Group(weights, List.of(adaptation), rows -> adaptation));
            }
        }
        owner = compute.owner();
        if (!onBase.isEmpty()) {
            try (Scope scope = owner.scope()) {
                prepared.add(new Group(base, onBase, RowAdaptations.of(compute, onBase)));
            }
        }
        groups = prepared;
    }

    @Override
    public void close() {
        groups = List.of();
        if (owner != null) {
            owner.close();
            owner = null;
        }
    }
}
