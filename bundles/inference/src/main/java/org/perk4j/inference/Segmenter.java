package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.TextFile;

/**
 * Cuts a text into segments of at most so many tokens: at the end of a line or sentence where there is one within reach,
 * else between words, else anywhere between two characters. The segments follow one another without gaps.
 */
public final class Segmenter {

    /** The fewest tokens that any one character fits into. */
    public static final int LEAST = 8;

    private final Tokenizer tokenizer;
    private final int tokens;

    /** @param tokens the most that a segment may have, at least {@value #LEAST}: enough for any one character */
    public Segmenter(Tokenizer tokenizer, int tokens) {
        if (tokens < LEAST) {
            throw new IllegalArgumentException("segments of at most " + tokens
                    + " tokens can't hold every character; allow at least " + LEAST);
        }
        this.tokenizer = tokenizer;
        this.tokens = tokens;
    }

    /** @throws IOException naming file, place and remedy, if it is not UTF-8 or holds no text */
    public static String read(Path file) throws IOException {
        String text = TextFile.read(file);
        if (text.isBlank()) {
            throw new FileFormatException(file, "holds no text; give a file with at least one word");
        }
        return text;
    }

    /**
     * @return the segments of {@code text}
     * @throws IllegalArgumentException if the text is blank
     */
    public List<Segment> split(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("there is no text to encode; give at least one word");
        }
        List<Segment> segments = new ArrayList<>();
        int start = 0;
        int end = 0;
        int size = 0;
        for (Segment unit : units(text)) {
            int unitSize = size(unit.text());
            if (size > 0 && size + unitSize > tokens) {
                addFitting(text, start, end, segments);
                start = end;
                size = 0;
            }
            size += unitSize;
            end = unit.end();
        }
        addFitting(text, start, end, segments);
        return segments;
    }

    /** The tokens that a piece adds to a segment; what it exactly takes there depends on its neighbours. */
    private int size(String text) {
        int lineEnd = text.endsWith("\n") ? 1 : 0;
        return text.isBlank() ? lineEnd : exactSize(text) + lineEnd;
    }

    /** @return whether a text needs no cutting */
    boolean fits(String text) {
        return exactSize(text) <= tokens;
    }

    private int exactSize(String text) {
        return text.isBlank() ? 0 : tokenizer.encode(" " + text.strip()).length;
    }

    /** The smallest pieces that are kept together: sentences within lines, or what parts of them fit. */
    private List<Segment> units(String text) {
        List<Segment> units = new ArrayList<>();
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        int line = 0;
        while (line < text.length()) {
            int newline = text.indexOf('\n', line);
            int end = newline < 0 ? text.length() : newline + 1;
            addPieces(text, line, end, sentences, units);
            line = end;
        }
        return units;
    }

    private void addPieces(String text, int start, int end, BreakIterator breaks, List<Segment> units) {
        breaks.setText(text.substring(start, end));
        int from = breaks.first();
        for (int to = breaks.next(); to != BreakIterator.DONE; from = to, to = breaks.next()) {
            addFitting(text, start + from, start + to, units);
        }
    }

    private void addFitting(String text, int start, int end, List<Segment> fitting) {
        String piece = text.substring(start, end);
        if (fits(piece) || piece.codePointCount(0, piece.length()) == 1) {
            fitting.add(new Segment(piece, start, end));
        } else {
            int middle = middle(text, start, end);
            addFitting(text, start, middle, fitting);
            addFitting(text, middle, end, fitting);
        }
    }

    /** The place nearest to the middle of a piece that may be cut: before white space, or else between two characters. */
    private static int middle(String text, int start, int end) {
        int middle = (start + end) >>> 1;
        for (int distance = 0; distance < (end - start) / 4; distance++) {
            if (Character.isWhitespace(text.charAt(middle - distance))) {
                return middle - distance;
            }
            if (Character.isWhitespace(text.charAt(middle + distance))) {
                return middle + distance;
            }
        }
        boolean withinPair = Character.isSurrogatePair(text.charAt(middle - 1), text.charAt(middle));
        return !withinPair ? middle : middle - 1 > start ? middle - 1 : middle + 1;
    }
}
