package org.perk4j.formats;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sentences of texts: those that the Java library finds, except that none ends after abbreviations and initials.
 * Independent of the machine's language, since the same text must be cut the same way everywhere.
 */
public final class Sentences {

    private static final Set<String> ABBREVIATIONS = abbreviations();
    /** Such as A., i.e., U.S. */
    private static final Pattern INITIALS = Pattern.compile("(\\p{L}\\.)+");
    private static final Pattern BLANK_LINES = Pattern.compile("\\R\\s*\\R");

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

    /**
     * @return the sentences of a file in UTF-8, at least one, as {@link #of} gives them
     * @throws IllegalArgumentException naming file and remedy, if there are none, or it can't be read
     */
    public static List<String> read(Path file) {
        List<String> sentences = of(TextFile.readNamed(file));
        if (sentences.isEmpty()) {
            throw new IllegalArgumentException(file + ": there is no text in it: name a file with sentences");
        }
        return sentences;
    }

    /** @return the sentences of a text, each on a single line; none goes on behind a blank line */
    public static List<String> of(String text) {
        return BLANK_LINES.splitAsStream(text).map(paragraph -> paragraph.strip().replaceAll("\\s+", " "))
                .filter(line -> !line.isEmpty()).flatMap(Sentences::ofLine).toList();
    }

    private static Stream<String> ofLine(String line) {
        List<String> sentences = new ArrayList<>();
        int start = 0;
        for (int end : ends(line)) {
            sentences.add(line.substring(start, end).strip());
            start = end;
        }
        return sentences.stream();
    }

    /**
     * Fills one piece of text after another with whole sentences.
     *
     * @param most   the greatest length of a piece; a longer sentence has one to itself
     * @param length of a sentence; that of a piece is the sum over its sentences
     */
    public static List<String> joined(List<String> sentences, int most, ToIntFunction<String> length) {
        List<String> pieces = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        int filled = 0;
        for (String sentence : sentences) {
            int more = length.applyAsInt(sentence);
            if (filled > 0 && filled + more > most) {
                pieces.add(piece.toString());
                piece.setLength(0);
                filled = 0;
            }
            piece.append(filled == 0 ? "" : " ").append(sentence);
            filled += more;
        }
        pieces.add(piece.toString());
        return pieces;
    }

    /** @return the end of each sentence of a line, with the white space after it; the last is the line's length */
    public static List<Integer> ends(String line) {
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
    public static boolean isComplete(String text) {
        int last = text.length() - 1;
        while (last >= 0 && !Character.isLetterOrDigit(text.charAt(last)) && ".!?…。！？।".indexOf(text.charAt(last)) < 0) {
            last--;
        }
        return last >= 0 && !Character.isLetterOrDigit(text.charAt(last));
    }
}
