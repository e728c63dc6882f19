package org.perk4j.data;

import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;

/** A source of episodes by number: any episode, in any order, always the same. Thread-safe. */
@ConsumerType
public interface TaskSource {

    /**
     * @param split  which part of the data; parts share no episode
     * @param number from 0; below {@link #episodes} if that is present
     */
    Episode episode(Split split, long number);

    /** @return how many episodes the split has; empty if they are unlimited */
    OptionalLong episodes(Split split);

    /**
     * @return for messages about a split with too few episodes: the reason and what to change, in one line
     */
    default String remedy(Split split) {
        return "give it more episodes";
    }

    /** The parts of a task's data. */
    enum Split {
        /** To learn from. */
        TRAIN,
        /** To decide when to stop. */
        VALIDATION,
        /** To report on. */
        TEST
    }
}
