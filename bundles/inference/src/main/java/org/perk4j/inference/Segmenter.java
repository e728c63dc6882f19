package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perk4j.data.Tokenizer;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Sentences;
import org.perk4j.formats.TextFile;

/**
 * Cuts texts into segments: at blank lines, then lines, then sentences, then words, then characters. Everything is cut down
 * to the unit of the {@link Segmentation}; smaller pieces are joined as far as they fit. The segments follow one another
 * without gaps, and none is blank.
 *
 * <p>A piece is tokenized once if it is a segment by itself, twice if it shares one with others.
 */
public final class Segmenter {

    /** The smallest limit on a segment's tokens: any character fits into it. */
    public static final int LEAST = 8;

    /** An upper estimate: of a piece that is far too long, only a beginning is tokenized to find that out. */
    private static final int CHARACTERS_PER_TOKEN = 8;

    private final Tokenizer tokenizer;
    private final Segmentation segmentation;
    private final int most;

    /** @param segmentation how to cut; at least {@value #LEAST} tokens are allowed per segment, whatever it says */
    public Segmenter(Tokenizer tokenizer, Segmentation segmentation) {
        this.tokenizer = tokenizer;
        this.segmentation = segmentation;
        this.most = Math.max(LEAST, segmentation.most());
    }

    /** @throws IOException naming file, place and remedy, if the file is not UTF-8 or has no text */
    public static String read(Path file) throws IOException {
        String text = TextFile.read(file);
        if (text.isBlank()) {
            throw new FileFormatException(file, "holds no text: give a file with at least one word");
        }
        return text;
    }

    /**
     * @return the segments of {@code text}
     * @throws IllegalArgumentException if the text is blank
     */
    public List<Segment> split(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("there is no text to encode: give at least one word");
        }
        List<Segment> segments = new ArrayList<>();
        new Cut(text, segments).cutAll();
        return segments;
    }

    /** Pieces of a text, from coarse to fine. */
    private enum Level {
        PARAGRAPHS, LINES, SENTENCES, WORDS, CHARACTERS, CODE_POINTS;

        /** @return the next finer level; the last is its own, since characters are never cut */
        Level finer() {
            return values()[Math.min(ordinal() + 1, values().length - 1)];
        }
    }

    /** The cutting of one text. */
    private final class Cut {

        private final String text;
        private final List<Segment> segments;

        Cut(String text, List<Segment> segments) {
            this.text = text;
            this.segments = segments;
        }

        void cutAll() {
            int[] all = segmentation.unit() == Unit.PACKED ? tokensIfFew(0, text.length(), false) : null;
            if (all != null && all.length <= packed()) {
                segments.add(new Segment(text, 0, text.length(), all));
            } else {
                cut(0, text.length(), Level.PARAGRAPHS);
            }
        }

        private int packed() {
            return Math.min(most, Math.max(LEAST, segmentation.longest()));
        }

        private void cut(int start, int end, Level level) {
            Level unit = switch (segmentation.unit()) {
                case PARAGRAPH -> Level.PARAGRAPHS;
                case LINE -> Level.LINES;
                case SENTENCE -> Level.SENTENCES;
                case PACKED -> null;
            };
            List<Segment> open = new ArrayList<>();
            List<Integer> ends = ends(start, end, level);
            boolean aboveUnit = unit != null && level.compareTo(unit) < 0;
            boolean knownTooLong = ends.size() == 1 && level.compareTo(unit == null ? Level.PARAGRAPHS : unit) > 0;
            int from = start;
            for (int to : ends) {
                if (aboveUnit || knownTooLong && level != Level.CODE_POINTS) {
                    cut(from, to, level.finer());
                } else {
                    int[] tokens = tokensIfFew(from, to, level == Level.CODE_POINTS);
                    if (tokens == null || level == unit || !fits(open, tokens)) {
                        close(open);
                    }
                    if (tokens == null) {
                        cut(from, to, level.finer());
                    } else {
                        open.add(new Segment(text.substring(from, to), from, to, tokens));
                    }
                }
                from = to;
            }
            close(open);
        }

        /**
         * The exact number of tokens of several pieces is known only when they are tokenized together; a line break counts
         * as one more.
         */
        private boolean fits(List<Segment> open, int[] tokens) {
            int sum = tokens.length;
            for (Segment piece : open) {
                sum += piece.tokens().length + (piece.text().endsWith("\n") ? 1 : 0);
            }
            return sum <= packed();
        }

        /** Joins the pieces into one segment, or into more if they turn out too long for one. */
        private void close(List<Segment> open) {
            if (open.size() == 1) {
                segments.add(open.get(0));
            } else if (!open.isEmpty()) {
                int start = open.get(0).start();
                int end = open.get(open.size() - 1).end();
                int[] tokens = tokensIfFew(start, end, false);
                if (tokens == null) {
                    close(new ArrayList<>(open.subList(0, open.size() / 2)));
                    close(new ArrayList<>(open.subList(open.size() / 2, open.size())));
                } else {
                    segments.add(new Segment(text.substring(start, end), start, end, tokens));
                }
            }
            open.clear();
        }

        /**
         * @return the tokens of a piece; null if a segment may not have that many, unless {@code must}
         */
        private int[] tokensIfFew(int start, int end, boolean must) {
            int first = start;
            int last = end;
            while (first < last && Character.isWhitespace(text.charAt(first))) {
                first++;
            }
            while (last > first && Character.isWhitespace(text.charAt(last - 1))) {
                last--;
            }
            int probe = CHARACTERS_PER_TOKEN * most;
            if (last - first > probe && tokens(first, first + probe).length > most) {
                return null;
            }
            int[] tokens = tokens(first, last);
            return must || tokens.length <= most ? tokens : null;
        }

        private int[] tokens(int start, int end) {
            return tokenizer.encode(Prompts.document(text.substring(start, end)));
        }

        /**
         * @return the ends of the pieces of a part of the text; white space belongs to the piece before it, at the start to
         *         the first
         */
        private List<Integer> ends(int start, int end, Level level) {
            List<Integer> ends = switch (level) {
                case PARAGRAPHS -> lineEnds(start, end, true);
                case LINES -> lineEnds(start, end, false);
                case SENTENCES -> Sentences.ends(text.substring(start, end)).stream().map(e -> start + e).toList();
                case WORDS -> wordEnds(start, end);
                case CHARACTERS -> characterEnds(start, end, Math.max(2, most / 4));
                case CODE_POINTS -> codePointEnds(start, end);
            };
            List<Integer> notBlank = new ArrayList<>();
            int from = start;
            for (int to : ends) {
                if (!isBlank(from, to)) {
                    notBlank.add(to);
                } else if (!notBlank.isEmpty()) {
                    notBlank.set(notBlank.size() - 1, to);
                } else {
                    continue; // joined with the first piece that isn't blank
                }
                from = to;
            }
            return notBlank;
        }

        private boolean isBlank(int start, int end) {
            for (int i = start; i < end; i++) {
                if (!Character.isWhitespace(text.charAt(i))) {
                    return false;
                }
            }
            return true;
        }

        private List<Integer> lineEnds(int start, int end, boolean blankOnly) {
            List<Integer> ends = new ArrayList<>();
            int from = start;
            while (from < end) {
                int newline = text.indexOf('\n', from);
                int to = newline < 0 || newline >= end ? end : newline + 1;
                if (!blankOnly || to == end || isBlank(from, to)) {
                    ends.add(to);
                }
                from = to;
            }
            return ends;
        }

        /** White space belongs to the word after it, as in tokenization. */
        private List<Integer> wordEnds(int start, int end) {
            List<Integer> ends = new ArrayList<>();
            for (int i = start + 1; i < end; i++) {
                if (Character.isWhitespace(text.charAt(i)) && !Character.isWhitespace(text.charAt(i - 1))) {
                    ends.add(i);
                }
            }
            ends.add(end);
            return ends;
        }

        /** Runs of whole user-perceived characters, each about {@code length} Java characters long. */
        private List<Integer> characterEnds(int start, int end, int length) {
            List<Integer> ends = new ArrayList<>();
            BreakIterator characters = BreakIterator.getCharacterInstance(Locale.ROOT);
            characters.setText(text.substring(start, end));
            int from = 0;
            int before = 0;
            for (int to = characters.next(); to != BreakIterator.DONE; to = characters.next()) {
                if (to - from > length && before > from) {
                    ends.add(start + before);
                    from = before;
                }
                before = to;
            }
            ends.add(end);
            return ends;
        }

        private List<Integer> codePointEnds(int start, int end) {
            List<Integer> ends = new ArrayList<>();
            for (int i = start; i < end; i += Character.charCount(text.codePointAt(i))) {
                ends.add(Math.min(end, i + Character.charCount(text.codePointAt(i))));
            }
            return ends;
        }
    }
}
