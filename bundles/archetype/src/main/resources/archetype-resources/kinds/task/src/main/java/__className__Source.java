package ${package};

import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;

/**
 * Contexts that say what is in which box, and questions about one of the boxes. There is no end of them: each is drawn by
 * the seed, the split and its number alone, so it is the same whenever it is asked for.
 */
record ${className}Source(${className}Options options) implements TaskSource {

    static final int BOXES = 90;

    private static final List<String> THINGS = List.of("apple", "book", "candle", "drum", "key", "lamp", "map", "spoon");

    @Override
    public Episode episode(Split split, long number) {
        if (number < 0) {
            throw new IllegalArgumentException("there is no episode " + number);
        }
        SplittableRandom random = new SplittableRandom(
                (options.seed() * 31 + split.ordinal()) * 0x9E3779B97F4A7C15L + number);
        int first = 10 + random.nextInt(BOXES - options.facts() + 1);
        List<String> things = IntStream.range(0, options.facts()).mapToObj(i -> THINGS.get(random.nextInt(THINGS.size())))
                .toList();
        List<String> facts = IntStream.range(0, options.facts())
                .mapToObj(i -> "In box " + (first + i) + " there is a " + things.get(i) + ".").toList();
        int asked = random.nextInt(options.facts());
        return new Episode(facts, List.of(new Question("${type}", "What is in box " + (first + asked) + "?",
                things.get(asked),
                List.of(facts.get(asked)), options.facts() == 1 ? 0 : (double) asked / (options.facts() - 1))));
    }

    @Override
    public OptionalLong episodes(Split split) {
        return OptionalLong.empty();
    }
}
