package org.perk4j.training;

import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The order in which a run goes through its data: one by one if they are endless, otherwise in a new random order each time
 * round. The n-th number is a function of n.
 */
final class Order {

    private final OptionalLong size;
    private final long seed;
    private long round = -1;
    private int[] permutation;

    Order(OptionalLong size, long seed) {
        this.size = size;
        this.seed = seed;
        if (size.isPresent() && (size.getAsLong() < 1 || size.getAsLong() > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException("there are " + size.getAsLong() + " training episodes: give at least one");
        }
    }

    /** @param n from 0 */
    long number(long n) {
        if (size.isEmpty()) {
            return n;
        }
        long count = size.getAsLong();
        if (n / count != round) {
            round = n / count;
            permutation = permutation((int) count, new SplittableRandom(Keys.of(seed, round)));
        }
        return permutation[(int) (n % count)];
    }

    private static int[] permutation(int count, SplittableRandom random) {
        int[] numbers = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int number = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = number;
        }
        return numbers;
    }
}
