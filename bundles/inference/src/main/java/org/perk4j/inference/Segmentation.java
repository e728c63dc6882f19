package org.perk4j.inference;

import java.util.List;
import java.util.function.Predicate;
import org.perk4j.formats.Sentences;
import org.perk4j.plugin.Option;

/**
 * How to cut texts into segments: a trained adapter can only encode segments like those of its training.
 *
 * @param unit    the unit of which a segment holds one
 * @param typical the median number of tokens of the training's segments
 * @param longest the number of tokens that nine in ten of the training's segments don't exceed; units that share a segment,
 *                and the parts of one that is cut, are joined up to this
 * @param most    units with more tokens than this are cut
 */
public record Segmentation(
        @Option(help = "what a segment holds one of") Unit unit,
        @Option(help = "tokens of a typical segment of the training") int typical,
        @Option(help = "tokens of a long segment of the training: nine in ten have no more") int longest,
        @Option(help = "a unit is cut if it takes more tokens") int most) {

    /**
     * A unit may be up to this number of times as long as the training's units: it resembles them more than its parts would,
     * one without the other.
     */
    private static final int MARGIN = 2;
    /** The share of segments that decides what all of them are: a few may differ. */
    private static final double MOST_OF_THEM = 0.9;

    /** @throws IllegalArgumentException naming the key, if the lengths are out of order */
    public Segmentation {
        if (typical < 1 || longest < typical || most < longest) {
            throw new IllegalArgumentException("typical, longest and most must be at least 1 and in this order, but are "
                    + typical + ", " + longest + ", " + most);
        }
    }

    /** @return the same units, in segments of at most {@code tokens} tokens, up to which units that share one are joined */
    public Segmentation atMost(int tokens) {
        return new Segmentation(unit, Math.min(typical, tokens), tokens, tokens);
    }

    /** @return the same, for a model that reads at most {@code tokens} tokens of a segment */
    Segmentation within(int tokens) {
        return most <= tokens ? this : new Segmentation(unit, Math.min(typical, tokens), Math.min(longest, tokens), tokens);
    }

    /**
     * @param segments at least one
     * @return a segmentation that gives segments like these
     */
    public static Segmentation like(List<Segment> segments) {
        int[] lengths = segments.stream().mapToInt(segment -> segment.tokens().length).sorted().toArray();
        int typical = lengths[(lengths.length - 1) / 2];
        int longest = lengths[(int) Math.ceil(MOST_OF_THEM * lengths.length) - 1];
        return new Segmentation(unit(segments.stream().map(segment -> segment.text().strip()).toList(), typical, longest),
                typical, longest, longest * MARGIN);
    }

    private static Unit unit(List<String> texts, int typical, int longest) {
        double single = share(texts, text -> text.lines().count() == 1);
        if (single < MOST_OF_THEM) {
            return share(texts, text -> text.lines().noneMatch(String::isBlank)) < MOST_OF_THEM ? Unit.PACKED
                    : Unit.PARAGRAPH;
        }
        if (share(texts, text -> Sentences.ends(text).size() == 1 && Sentences.isComplete(text)) >= MOST_OF_THEM) {
            return Unit.SENTENCE;
        }
        boolean filled = typical > longest * 3 / 4 && share(texts, text -> Sentences.ends(text).size() > 1) >= MOST_OF_THEM;
        return filled ? Unit.PACKED : Unit.LINE;
    }

    private static double share(List<String> texts, Predicate<String> is) {
        return (double) texts.stream().filter(is).count() / texts.size();
    }
}
