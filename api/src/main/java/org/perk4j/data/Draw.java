package org.perk4j.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/** Random choices, for tasks: the same on every machine and in every version of Java. */
public final class Draw {

    private Draw() {
    }

    /**
     * @param seed of a task
     * @return what to draw an episode with; different episodes of a seed, also of different splits, start from different
     *         states
     */
    public static SplittableRandom forEpisode(long seed, TaskSource.Split split, long number) {
        long origin = new SplittableRandom(seed).nextLong();
        return new SplittableRandom(origin + number * TaskSource.Split.values().length + split.ordinal());
    }

    /** @return one element, each as likely as the others */
    public static <T> T from(List<T> list, SplittableRandom random) {
        return list.get(random.nextInt(list.size()));
    }

    /** @return a copy in another order, each as likely as the others */
    public static <T> List<T> shuffled(List<T> list, SplittableRandom random) {
        List<T> shuffled = new ArrayList<>(list);
        for (int i = shuffled.size() - 1; i > 0; i--) { // Collections.shuffle takes no SplittableRandom before Java 21
            Collections.swap(shuffled, i, random.nextInt(i + 1));
        }
        return shuffled;
    }
}
