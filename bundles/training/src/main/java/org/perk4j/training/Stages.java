package org.perk4j.training;

import java.util.List;
import java.util.function.ToIntFunction;

/** The stages of a run, one after another. */
final class Stages<T> {

    private final List<T> contents;
    private final long[] ends;

    <S> Stages(List<S> stages, ToIntFunction<S> steps, List<T> contents) {
        this.contents = contents;
        this.ends = new long[stages.size()];
        long end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += steps.applyAsInt(stages.get(i));
            ends[i] = end;
        }
    }

    long steps() {
        return ends[ends.length - 1];
    }

    /** @return the first step of the last stage */
    long lastStart() {
        return ends.length == 1 ? 0 : ends[ends.length - 2];
    }

    T at(long step) {
        int i = 0;
        while (step >= ends[i]) {
            i++;
        }
        return contents.get(i);
    }

    List<T> all() {
        return contents;
    }

    T last() {
        return contents.get(contents.size() - 1);
    }
}
