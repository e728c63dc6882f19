package org.perk4j.training;

import java.util.List;

/** Sequences to learn from, by number. */
interface SequenceSource {

    /** @return the sequences of the n-th draw in training; the same whenever asked */
    List<Sequence> training(long n);

    /**
     * @return sequences of the n-th draw for validation, which are none of those for training; n is below
     *         {@link #validations}
     */
    List<Sequence> validation(long n);

    /** @return how many draws for validation there are */
    long validations();
}
