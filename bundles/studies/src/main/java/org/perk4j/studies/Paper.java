package org.perk4j.studies;

import java.util.List;
import org.perk4j.evaluation.Figure.Point;
import org.perk4j.evaluation.Figure.Series;

/** The exact match that the PERK paper reports (arXiv 2507.06415), to be shown beside one's own. */
final class Paper {

    /** By task, trained and tested at the same length. */
    static final List<Series> COMPLEXITY = List.of(
            new Series("the paper, 1K", true,
                    List.of(at("QA1", 1_024, 1), at("QA2", 1_024, 0.981), at("QA3", 1_024, 0.891))),
            new Series("the paper, 8K, GPT-2", true, List.of(at("QA2", 8_192, 0.914))),
            new Series("the paper, 8K, Qwen2.5-0.5B", true, List.of(at("QA2", 8_192, 0.924))));

    /** By length, trained at 8K. */
    static final List<Series> LENGTH = List.of(
            new Series("the paper, QA1, trained at 8K", true,
                    List.of(at("32K", 32_768, 0.953), at("64K", 65_536, 0.809), at("128K", 131_072, 0.614))),
            new Series("the paper, QA2, trained at 8K", true,
                    List.of(at("64K", 65_536, 0.625), at("128K", 131_072, 0.444))));

    private Paper() {
    }

    private static Point at(String at, double tokens, double exactMatch) {
        return new Point(at, tokens, exactMatch, Double.NaN, Double.NaN);
    }
}
