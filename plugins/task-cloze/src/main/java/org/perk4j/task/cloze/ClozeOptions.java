package org.perk4j.task.cloze;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.perk4j.plugin.Option;

/** The options of cloze. */
public record ClozeOptions(
        @Option(help = "which of all possible episodes: another seed gives others", value = "0") long seed,
        @Option(help = "a UTF-8 text file; its first 90 % are for training, the next 5 % for validation, the rest for the "
                + "test", file = Option.File.READ) String text,
        @Option(help = "what is asked: name (which name belongs in a gap), next (the words with which a sentence goes on)",
                value = "[\"name\", \"next\"]") List<String> kinds,
        @Option(help = "sentences in a context, which follow one another in the text", value = "8") int sentences,
        @Option(help = "questions in an episode, as far as there are so many", value = "4") int questions,
        @Option(help = "the most tokens in a segment; a longer sentence has one to itself", value = "100")
        int segmentTokens) {

    /** @throws IllegalArgumentException naming the key, if a value is out of range */
    public ClozeOptions {
        kinds = List.copyOf(kinds);
        List<String> known = Stream.of(Gap.values()).map(Gap::key).toList();
        require(!kinds.isEmpty() && known.containsAll(kinds) && Set.copyOf(kinds).size() == kinds.size(),
                "kinds must be one or more of " + String.join(", ", known) + ", each once, but is " + kinds);
        require(!text.isEmpty(), "text: name a file with prose");
        require(sentences >= 1, "sentences must be at least 1");
        require(questions >= 1, "questions must be at least 1");
        require(segmentTokens >= 1, "segmentTokens must be at least 1");
    }

    List<Gap> gaps() {
        return kinds.stream().map(kind -> Gap.valueOf(kind.toUpperCase(Locale.ROOT))).toList();
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
