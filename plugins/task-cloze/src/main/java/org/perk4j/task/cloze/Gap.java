package org.perk4j.task.cloze;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.perk4j.data.Draw;

/** The rules by which a sentence becomes a question. */
enum Gap {
    /** Which name belongs in a gap: of a word with a capital within a sentence. */
    NAME {
        @Override
        Optional<Riddle> ask(List<String> words, SplittableRandom random) {
            List<Integer> names = IntStream.range(FEWEST_BEFORE, words.size())
                    .filter(i -> isName(words.get(i)) && BEFORE_NAMES.matcher(words.get(i - 1)).matches()).boxed().toList();
            if (names.isEmpty()) {
                return Optional.empty();
            }
            int name = Draw.from(names, random);
            String answer = bare(words.get(name));
            List<String> after = new ArrayList<>(words.subList(name, Math.min(words.size(), name + 1 + AROUND)));
            after.set(0, words.get(name).replace(answer, "___"));
            return Optional.of(new Riddle("Which name belongs in the gap: \"%s %s\"?",
                    List.of(join(words, Math.max(0, name - AROUND), name), String.join(" ", after)), answer));
        }
    },
    /** How a sentence goes on: its next words, after enough of them to tell where it is. */
    NEXT {
        @Override
        Optional<Riddle> ask(List<String> words, SplittableRandom random) {
            if (words.size() < AROUND + ASKED) {
                return Optional.empty();
            }
            int from = random.nextInt(words.size() - AROUND - ASKED + 1);
            String before = join(words, from, from + AROUND);
            return Optional.of(new Riddle("What comes after \"%s\"?", List.of(before),
                    join(words, from + AROUND, from + AROUND + ASKED)));
        }
    };

    /** Words that a question quotes on each side of its gap. */
    private static final int AROUND = 6;
    /** Words that are asked for. */
    private static final int ASKED = 3;
    /** Fewer don't tell where the gap is. */
    private static final int FEWEST_BEFORE = 3;
    private static final Pattern NAME_ALONE = Pattern.compile("\\p{Lu}\\p{Ll}+");
    /** A word behind which only names have a capital, or a title: no mark follows it that could begin something new. */
    private static final Pattern BEFORE_NAMES = Pattern.compile("\\p{Ll}+|\\p{Lu}\\p{Ll}{0,3}\\.");

    /** @return a question about a sentence, if this rule makes one of it */
    abstract Optional<Riddle> ask(List<String> words, SplittableRandom random);

    /** @return the name of this rule in the options, and the kind of its questions */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Titles end with a full stop. What follows a quotation mark has a capital anyway. */
    private static boolean isName(String word) {
        return Character.isUpperCase(word.charAt(0)) && !word.endsWith(".") && NAME_ALONE.matcher(bare(word)).matches();
    }

    private static String bare(String word) {
        return word.replaceFirst("(['’]s)?\\P{L}*$", "");
    }

    private static String join(List<String> words, int from, int to) {
        return String.join(" ", words.subList(from, to));
    }

    /**
     * A question.
     *
     * @param pattern of the question
     * @param quoted  what fills it
     * @param answer  word for word as in the sentence
     */
    record Riddle(String pattern, List<String> quoted, String answer) {

        String question() {
            return pattern.formatted(quoted.toArray());
        }
    }
}
