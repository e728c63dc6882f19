package org.perk4j.backend.cuda;

import java.util.Arrays;

/** Numbers of things that come in few sizes, so that work over slightly more or fewer of them is the same. */
final class Padding {

    /** Sizes are multiples of this. */
    private static final int LEAST = 8;

    private Padding() {
    }

    /** @return the next size: there are 8 of them for each power of two, so that an eighth is added at most, or 7 */
    static int padded(int count) {
        int step = Math.max(LEAST, Integer.highestOneBit(Math.max(1, count - 1)) >> 3);
        return Math.toIntExact(((long) count + step - 1) / step * step);
    }

    /** @return the numbers, and behind them as many of another one as make them so many */
    static int[] padded(int[] numbers, int count, int with) {
        int[] all = Arrays.copyOf(numbers, count);
        Arrays.fill(all, numbers.length, count, with);
        return all;
    }
}
