package org.perk4j.inference;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The ends of sentences: those that the Java library finds, except after abbreviations and initials. Independent of the
 * machine's language, since the same text must be cut the same way everywhere.
 */
final class Sentences {

    private static final Set<String> ABBREVIATIONS = abbreviations();
    /** Such as A., i.e., U.S. */
    private static final Pattern INITIALS = Pattern.compile("(\\p{L}\\.)+");

    private Sentences() {
    }

    private static Set<String> abbreviations() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Sentences.class.getResourceAsStream("abbreviations.txt"), StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return the end of each sentence of a line, with the white space after it; the last is the line's length */
    static List<Integer> ends(String line) {
        List<Integer> ends = new ArrayList<>();
        BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
        breaks.setText(line);
        breaks.first();
        for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
            if (end == line.length() || !endsWithAbbreviation(line, end)) {
                ends.add(end);
            }
        }
        return ends;
    }

    private static boolean endsWithAbbreviation(String line, int end) {
        int last = end;
        while (last > 0 && Character.isWhitespace(line.charAt(last - 1))) {
            last--;
        }
        int first = last;
        while (first > 0 && !Character.isWhitespace(line.charAt(first - 1))) {
            first--;
        }
        while (first < last && !Character.isLetterOrDigit(line.charAt(first))) {
            first++; // an opening bracket or quote
        }
        String word = line.substring(first, last);
        return ABBREVIATIONS.contains(word) || INITIALS.matcher(word).matches();
    }

    /** @return whether a text ends like a sentence, apart from quotes and brackets */
    static boolean isComplete(String text) {
        int last = text.length() - 1;
        while (last >= 0 && !Character.isLetterOrDigit(text.charAt(last)) && ".!?…。！？।".indexOf(text.charAt(last)) < 0) {
            last--;
        }
        return last >= 0 && !Character.isLetterOrDigit(text.charAt(last));
    }
}
