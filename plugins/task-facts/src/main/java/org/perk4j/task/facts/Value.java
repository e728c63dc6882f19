package org.perk4j.task.facts;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perk4j.data.Draw;

/** What names and values of facts look like. */
enum Value {
    /** One or two words with capitals, such as {@code Amber Trellis}. */
    NAME {
        @Override
        String draw(Words words, SplittableRandom random) {
            return capitals(words.phrase(2, random));
        }
    },
    /** Two words with capitals. */
    PERSON {
        @Override
        String draw(Words words, SplittableRandom random) {
            return capitals(words.word(random) + " " + words.word(random));
        }
    },
    /** One to three words. */
    PHRASE {
        @Override
        String draw(Words words, SplittableRandom random) {
            return words.phrase(3, random).toLowerCase(Locale.ROOT);
        }
    },
    /** One to seven digits. */
    NUMBER {
        @Override
        String draw(Words words, SplittableRandom random) {
            return digits(random.nextInt(7) + 1, random);
        }
    },
    /** Such as {@code 12.95}. */
    PRICE {
        @Override
        String draw(Words words, SplittableRandom random) {
            return digits(random.nextInt(3) + 1, random) + "." + random.nextInt(10) + random.nextInt(10);
        }
    },
    YEAR {
        @Override
        String draw(Words words, SplittableRandom random) {
            return Integer.toString(random.nextInt(1500, 2030));
        }
    },
    /** Such as {@code 3 March 1987}. */
    DATE {
        @Override
        String draw(Words words, SplittableRandom random) {
            return random.nextInt(1, 29) + " " + Draw.from(MONTHS, random) + " " + YEAR.draw(words, random);
        }
    },
    /** Such as {@code KX-482}. */
    CODE {
        @Override
        String draw(Words words, SplittableRandom random) {
            return "" + letter(random) + letter(random) + "-" + digits(3, random);
        }
    };

    private static final List<String> MONTHS = List.of("January", "February", "March", "April", "May", "June", "July",
            "August", "September", "October", "November", "December");

    abstract String draw(Words words, SplittableRandom random);

    /** Without a leading zero. */
    private static String digits(int count, SplittableRandom random) {
        return (random.nextInt(9) + 1) + Stream.generate(() -> Integer.toString(random.nextInt(10))).limit(count - 1L)
                .collect(Collectors.joining());
    }

    private static char letter(SplittableRandom random) {
        return (char) ('A' + random.nextInt(26));
    }

    private static String capitals(String phrase) {
        return Stream.of(phrase.split(" ")).map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining(" "));
    }
}
