package org.perk4j.task.facts;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.perk4j.data.Position;
import org.perk4j.plugin.Option;

/** The options of facts. */
public record FactsOptions(
        @Option(help = "which of all possible episodes: another seed gives others", value = "0") long seed,
        @Option(help = "the kinds of things, of which each episode has one: product, book, city, employee, needle (a "
                + "special magic number for each), any (a made-up kind with made-up fields)",
                value = "[\"product\", \"book\", \"city\", \"employee\", \"needle\", \"any\"]") List<String> kinds,
        @Option(help = "a UTF-8 file with a word on each line, of which names and values are made, half of them put "
                + "together of parts of two words", file = Option.File.READ) String words,
        @Option(help = "things in an episode, or the most if minimumThings is given", value = "8") int things,
        @Option(help = "the fewest things in an episode, which then has a random number of them; 0 for as many as things",
                value = "0") int minimumThings,
        @Option(help = "questions in an episode, as far as there are so many; 0 for one about each fact", value = "0")
        int questions,
        @Option(help = "a UTF-8 text file: the facts are sentences hidden in it; if empty, each thing is a record",
                value = "", file = Option.File.READ) String text,
        @Option(help = "tokens in a context with text, facts included", value = "400") int contextTokens,
        @Option(help = "the most tokens in a segment of a context with text; a longer sentence has one to itself",
                value = "100") int segmentTokens,
        @Option(help = "where in a context with text the facts are: anywhere, or only among the first third of the text's "
                + "sentences (beginning), the second (middle) or the last (end)", value = "anywhere") Position position) {

    private static final int MOST_THINGS = 100_000;

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public FactsOptions {
        kinds = List.copyOf(kinds);
        List<String> known = Stream.of(Kind.values()).map(Kind::key).toList();
        require(!kinds.isEmpty() && known.containsAll(kinds) && Set.copyOf(kinds).size() == kinds.size(),
                "kinds must be one or more of " + String.join(", ", known) + ", each once, but is " + kinds);
        require(!words.isEmpty(), "words: name a file with a word on each line");
        require(things >= 1 && things <= MOST_THINGS, "things must be from 1 to " + MOST_THINGS);
        require(minimumThings >= 0 && minimumThings <= things, "minimumThings must be 0, or from 1 to the value of things");
        require(questions >= 0, "questions must not be negative");
        require(contextTokens >= 1, "contextTokens must be at least 1");
        require(segmentTokens >= 1, "segmentTokens must be at least 1");
        require(position == Position.ANYWHERE || !text.isEmpty(),
                "a position is for facts within a text: name a text, or remove position");
    }

    List<Kind> chosen() {
        return kinds.stream().map(kind -> Kind.valueOf(kind.toUpperCase(Locale.ROOT))).toList();
    }

    int fewestThings() {
        return minimumThings == 0 ? things : minimumThings;
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
