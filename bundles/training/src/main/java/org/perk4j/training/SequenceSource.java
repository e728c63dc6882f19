package org.perk4j.training;

import java.util.List;

/** Sequences to learn from, in numbered draws. */
interface SequenceSource {

    /** @return the sequences of the n-th training draw; always the same for the same n */
    List<Sequence> training(long n);

    /**
     * @param n below {@link #validations}
     * @return the sequences of the n-th validation draw, none of which is used in training
     */
    List<Sequence> validation(long n);

    /** @return the number of validation draws that exist */
    long validations();
}
