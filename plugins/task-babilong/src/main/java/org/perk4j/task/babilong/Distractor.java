package org.perk4j.task.babilong;

import java.util.Iterator;
import java.util.SplittableRandom;

/** Text to hide facts in. Thread-safe. */
interface Distractor {

    /** @return sentences without end, from a place that chance picks */
    Iterator<String> sentences(SplittableRandom random);
}
