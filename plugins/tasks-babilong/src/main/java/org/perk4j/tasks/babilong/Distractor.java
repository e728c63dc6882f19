package org.perk4j.tasks.babilong;

import java.util.Iterator;
import java.util.SplittableRandom;

/** Text to hide facts in. Thread-safe. */
interface Distractor {

    /** @return sentences without end, from a place that chance picks */
    Iterator<String> sentences(SplittableRandom random);

    /** @return how many words a text has, which is what contexts and segments are measured in */
    static int words(String text) {
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }
}
