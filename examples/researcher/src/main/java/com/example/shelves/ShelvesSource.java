package com.example.shelves;

import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;

/**
 * What is on which shelf, and a question about one of them. There is no end of episodes: each is drawn by the seed, the
 * split and its number alone, so it is the same whenever it is asked for.
 */
record ShelvesSource(ShelvesOptions options) implements TaskSource {

    static final int NUMBERS = 90;

    private static final List<String> THINGS = List.of("jars", "books", "shoes", "lamps", "maps", "plates", "tools", "toys");

    @Override
    public Episode episode(Split split, long number) {
        if (number < 0) {
            throw new IllegalArgumentException("there is no episode " + number);
        }
        SplittableRandom random =
                new SplittableRandom((options.seed() * 31 + split.ordinal()) * 0x9E3779B97F4A7C15L + number);
        int first = 10 + random.nextInt(NUMBERS - options.shelves() + 1);
        List<String> things = IntStream.range(0, options.shelves())
                .mapToObj(i -> THINGS.get(random.nextInt(THINGS.size()))).toList();
        List<String> facts = IntStream.range(0, options.shelves())
                .mapToObj(i -> "On shelf " + (first + i) + " there are " + things.get(i) + ".").toList();
        int asked = random.nextInt(options.shelves());
        double position = options.shelves() == 1 ? 0 : (double) asked / (options.shelves() - 1);
        return new Episode(facts, List.of(new Question("shelves", "What is on shelf " + (first + asked) + "?",
                things.get(asked), List.of(facts.get(asked)), position)));
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }
}
