package org.perk4j.task.babilong;

import java.util.Iterator;
import java.util.SplittableRandom;

/** Text to hide facts in. Thread-safe. */
interface Distractor {

    /** @return an endless sequence of sentences, from a random place on */
    Iterator<String> sentences(SplittableRandom random);
}
