package org.perk4j.evaluation;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compares a given answer with the right one as the official SQuAD evaluation does (Rajpurkar et al. 2016): ignores case,
 * punctuation, articles and extra white space. Only the text within {@code <output>…</output>} counts, if
 * there is such.
 */
public final class Metrics {

    private static final Pattern OUTPUT = Pattern.compile("<output>(.*?)</output>", Pattern.DOTALL);
    private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
    private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WHITE_SPACE = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    private Metrics() {
    }

    /** @return whether the answers are equal after {@linkplain #normalize normalization} */
    public static boolean exactMatch(String given, String right) {
        return normalize(output(given)).equals(normalize(output(right)));
    }

    /** @return whether the words of the right answer stand in the given one, one after another */
    public static boolean contains(String given, String right) {
        return (" " + normalize(output(given)) + " ").contains(" " + normalize(output(right)) + " ");
    }

    /** @return the harmonic mean of precision and recall of the given words; 1 if both answers have no words */
    public static double f1(String given, String right) {
        List<String> givenWords = words(given);
        List<String> rightWords = words(right);
        if (givenWords.isEmpty() || rightWords.isEmpty()) {
            return givenWords.equals(rightWords) ? 1 : 0;
        }
        int common = common(givenWords, rightWords);
        return 2.0 * common / (givenWords.size() + rightWords.size());
    }

    /** @return the text within {@code <output>…</output>}, or the whole text if it has none */
    public static String output(String text) {
        Matcher matcher = OUTPUT.matcher(text);
        return matcher.find() ? matcher.group(1) : text;
    }

    /** @return the text in lower case, without punctuation, articles and extra white space */
    public static String normalize(String text) {
        String bare = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
        return WHITE_SPACE.matcher(ARTICLES.matcher(bare).replaceAll(" ")).replaceAll(" ").strip();
    }

    private static List<String> words(String text) {
        return Stream.of(normalize(output(text)).split(" ")).filter(word -> !word.isEmpty()).toList();
    }

    private static int common(List<String> given, List<String> right) {
        Map<String, Integer> left = new HashMap<>();
        right.forEach(word -> left.merge(word, 1, Integer::sum));
        return (int) given.stream().filter(word -> left.merge(word, -1, Integer::sum) >= 0).count();
    }
}
